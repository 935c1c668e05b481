#include "app/bootstrap.hpp"

#include <cmath>

#include "base/random.hpp"

namespace rekindle {

double block_bootstrap_p(std::span<const double> differences, std::uint64_t seed, int resamples) {
  const auto blocks = differences.size();
  if (blocks < 2) return 1;
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
