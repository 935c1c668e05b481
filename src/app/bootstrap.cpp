#include "app/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/random.hpp"

namespace rekindle {

namespace {

// Means of as many neighbours; the last, where fewer are left, goes into the one before.
std::vector<double> joined(std::span<const double> values, std::size_t together) {
  const auto blocks = std::max<std::size_t>(1, values.size() / together);
  std::vector<double> out;
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto part = values.subspan(b * together, b + 1 == blocks ? std::dynamic_extent : together);
    out.push_back(std::accumulate(part.begin(), part.end(), 0.0) / static_cast<double>(part.size()));
  }
  return out;
}

}  // namespace

std::size_t values_a_block(std::size_t values) { return (values + most_blocks - 1) / most_blocks; }

double block_bootstrap_p(std::span<const double> values, std::uint64_t seed, int resamples) {
  if (values.size() < 2) return 1;
  const auto differences = joined(values, values_a_block(values.size()));
  const auto blocks = differences.size();
  double observed = 0;
  for (const double one : differences) observed += one;
  observed /= static_cast<double>(blocks);
  if (observed == 0) return 1;
  Random random(seed);
  int as_far = 0;
  for (int i = 0; i < resamples; ++i) {
    double mean = 0;
    for (std::size_t b = 0; b < blocks; ++b) mean += differences[random.below(blocks)];
    mean /= static_cast<double>(blocks);
    as_far += std::abs(mean - observed) >= std::abs(observed) ? 1 : 0;
  }
  return (as_far + 1.0) / (resamples + 1.0);
}

}  // namespace rekindle
