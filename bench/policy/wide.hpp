// A hundred dense features: what a false alarm costs, and what is right after changes from a twentieth of the weights to a flip.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rekindle::bench {

// A Markdown table: the accuracy in the 2,000 samples after the change, a row for each learner.
void print_wide(std::uint64_t seeds);

}  // namespace rekindle::bench
