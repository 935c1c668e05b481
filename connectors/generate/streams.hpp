// Generated streams with drift, seeded: the same seed gives the same samples for ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace rekindle {

struct LogisticStreamOptions {
  std::uint64_t seed = 42;
  std::size_t features = 20;
  double noise = 0.05;                  // Share of labels replaced by a coin's.
  std::vector<std::uint64_t> drifts{};  // Samples at which weights are redrawn.
  std::vector<double> changed{};        // Share of the weights redrawn at each of them; 1 and "flip" are not the same.
  bool flip = false;                    // Turn every weight's sign instead of redrawing.
};

// Standard normal features; the label is 1 where their weighted sum is not negative.
class LogisticStream {
 public:
  explicit LogisticStream(LogisticStreamOptions options);
  void next();
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  [[nodiscard]] int label() const { return label_; }
  // The newest sample as one JSON object: {"x0":...,"y":0}.
  void append_json(std::string& out) const;

 private:
  void drift(double share);
  LogisticStreamOptions options_;
  Random random_;
  std::vector<double> weights_;
  std::vector<double> values_;
  int label_ = 0;
  std::uint64_t index_ = 0;
};

}  // namespace rekindle
