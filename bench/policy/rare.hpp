// Rare positives: is a flip seen where hardly any sample shows it, and does the ranking come back?
#pragma once

#include <cstddef>
#include <cstdint>

namespace rekindle::bench {

// A Markdown table: a row for each share of positives and learner.
void print_rare(std::uint64_t seeds, std::size_t samples);

}  // namespace rekindle::bench
