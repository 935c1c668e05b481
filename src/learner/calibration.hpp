// Calibration: how far a classifier's probabilities are from the truth.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "data/prediction.hpp"

namespace rekindle {

// Expected calibration error (Naeini et al. 2015; Guo et al. 2017): predictions in ten bins by the probability of the class
// they name; the mean over the bins, by their size, of |share that was right - mean probability|. Old predictions count less:
// all are halved at every 20,000.
class Calibration {
 public:
  void observe(const Prediction& prediction, double target);
  [[nodiscard]] std::optional<double> error() const;
  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  struct Bin {
    double count = 0;
    double right = 0;
    double confidence = 0;
  };
  std::array<Bin, 10> bins_{};
  double count_ = 0;
};

}  // namespace rekindle
