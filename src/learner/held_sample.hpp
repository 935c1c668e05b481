// HeldSample: what is kept of a sample until its label comes: what it is learned from, and what was predicted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "data/prediction.hpp"
#include "data/sample.hpp"

namespace rekindle {

class HeldSample {
 public:
  // Values as they came: scaling is that of the moment of learning. `scores`: the raw ones behind the prediction.
  static void write(const Sample& sample, const Prediction& prediction, std::span<const double> scores, ByteWriter& out);

  // False: the bytes are damaged. The event time is kept apart. Buffers are reused.
  [[nodiscard]] bool read(std::span<const std::byte> bytes, std::int64_t time_ms);

  [[nodiscard]] const Sample& sample() const { return sample_; }
  [[nodiscard]] Sample& sample() { return sample_; }
  [[nodiscard]] const Prediction& prediction() const { return prediction_; }
  [[nodiscard]] const std::vector<double>& scores() const { return scores_; }

 private:
  Sample sample_;
  Prediction prediction_;
  std::vector<double> scores_;
  std::vector<std::string> texts_;  // Behind the sample's views.
};

}  // namespace rekindle
