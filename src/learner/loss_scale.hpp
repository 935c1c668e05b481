// LossScale: the factor on a 16-bit loss that keeps small gradients from vanishing (Micikevicius et al. 2018), as torch's GradScaler.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"

namespace rekindle {

// A power of two, so that taking it out again is exact. An overflow halves it; 2,000 good updates in a row double it.
class LossScale {
 public:
  [[nodiscard]] double value() const { return scale_; }

  void overflowed() {
    scale_ = std::max(1.0, scale_ / 2);
    good_ = 0;
  }
  void went_well() {
    if (++good_ < patience) return;
    scale_ = std::min(largest, scale_ * 2);
    good_ = 0;
  }

  void save(ByteWriter& out) const {
    out.put(scale_);
    out.put(good_);
  }
  void load(ByteReader& in) {
    in.get_into(scale_);
    in.get_into(good_);
  }

  static constexpr std::uint64_t patience = 2000;
  static constexpr double largest = 0x1p60;

 private:
  double scale_ = 0x1p15;
  std::uint64_t good_ = 0;
};

}  // namespace rekindle
