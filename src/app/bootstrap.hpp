// Is the difference between two learners over one recording more than chance? A block bootstrap, because losses that follow
// each other are alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rekindle {

// Two-sided p of the hypothesis that the mean of `values` is zero: the share of `resamples` draws of as many blocks, with
// replacement and by a seeded generator, whose mean is as far from the observed one as that is from zero (Kuensch 1989, blocks
// that do not overlap). Each value is the mean difference over one block of consecutive samples. 1 for fewer than two blocks.
// Of more than `most_blocks` values, as many neighbours as it takes are one block: so the time that the test takes stays bounded.
inline constexpr std::size_t most_blocks = 1000;
[[nodiscard]] std::size_t values_a_block(std::size_t values);
[[nodiscard]] double block_bootstrap_p(std::span<const double> values, std::uint64_t seed, int resamples = 2000);

}  // namespace rekindle
