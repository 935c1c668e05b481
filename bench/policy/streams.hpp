// The streams of the policy suite: generated ones with known drifts, and recorded ones from CSV files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rekindle::bench {

struct PolicyStream {
  std::string name;
  std::string kind;  // abrupt | gradual | stationary | blip | real
  std::size_t classes = 2;
  std::vector<std::vector<double>> features;
  std::vector<std::size_t> labels;
  std::vector<std::size_t> drifts;  // Where they are known.
};

// abrupt, flip, mild, recurring, gradual, stationary, noisy, blip, scale_shift.
[[nodiscard]] const std::vector<std::string>& generated_streams();
[[nodiscard]] PolicyStream generated_stream(const std::string& name, std::uint64_t seed, std::size_t samples);

// The hyperplane of the others, 5 % wrong labels, but `positives` as a share of all samples; at half of them all weights change their
// sign.
[[nodiscard]] PolicyStream rare_stream(double positives, std::uint64_t seed, std::size_t samples);

// A CSV file with a header; the last column is the class, in the order of first appearance.
[[nodiscard]] Result<PolicyStream> recorded_stream(const std::string& path);

}  // namespace rekindle::bench
