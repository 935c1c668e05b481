// Features: one sample as it enters the models, in the precision that the learner computes in.
#pragma once

#include <span>
#include <type_traits>
#include <vector>

namespace rekindle {

class Features {
 public:
  template <class Real>
  [[nodiscard]] std::span<const Real> dense() const {
    if constexpr (std::is_same_v<Real, float>) {
      return single_;
    } else {
      return twofold_;
    }
  }
  template <class Real>
  [[nodiscard]] std::span<Real> resize(std::size_t size) {
    if constexpr (std::is_same_v<Real, float>) {
      single_.resize(size);
      return single_;
    } else {
      twofold_.resize(size);
      return twofold_;
    }
  }

 private:
  std::vector<float> single_;
  std::vector<double> twofold_;
};

}  // namespace rekindle
