// Regression: the portfolio and a response to drift beside the best constant rate, by squared error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rekindle::bench {

// A Markdown table: the mean squared error over that of the best constant in hindsight, a row for each stream.
void print_regression(std::uint64_t seeds, std::size_t samples);

}  // namespace rekindle::bench
