// AgainstReference: what the detectors of a feature's distribution share. The first values are the reference; the newest
// `window` values after them are compared with it.
#pragma once

#include <vector>

#include "drift/memory.hpp"

namespace rekindle {

// A look is taken when the window is full for the first time and at every tenth of a window from then on. After a drift
// everything begins anew at the next value, the reference too.
class AgainstReference : public DriftDetector {
 public:
  AgainstReference(std::size_t reference, std::size_t window);

  DriftSignal observe(double value) final;
  [[nodiscard]] double pressure() const final { return pressure_; }
  void reset() final;
  void save(ByteWriter& out) const final;
  void load(ByteReader& in) final;

 protected:
  struct Verdict {
    double statistic = 0;
    double pressure = 0;  // Of a threshold of 1.
    bool drift = false;
  };
  [[nodiscard]] const std::vector<double>& reference() const { return reference_; }  // Sorted, once it is complete.
  [[nodiscard]] std::size_t window_size() const { return window_.size(); }

 private:
  virtual void begin() = 0;  // The reference is complete, the window empty.
  virtual void enter(double value) = 0;
  virtual void leave(double value) = 0;
  [[nodiscard]] virtual Verdict look() = 0;  // At a full window.

  void complete();

  std::size_t wanted_;
  std::uint64_t stride_;
  std::vector<double> reference_;
  Ring<double> window_;
  std::uint64_t until_look_ = 0;
  double pressure_ = 0;
  bool fired_ = false;
};

// The parameters that all of them have, with `own` behind.
[[nodiscard]] std::vector<ParameterSpec> reference_parameters(std::vector<ParameterSpec> own);

}  // namespace rekindle
