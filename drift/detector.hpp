// DriftDetector: watches one number per sample and says when its distribution has changed. Knows no model and no rate.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/registry.hpp"

namespace rekindle {

enum class DriftLevel : std::uint8_t { stable, warning, drift };

struct DriftSignal {
  DriftLevel level = DriftLevel::stable;
  double statistic = 0;      // The evidence at this value, in the detector's own unit (ADWIN: difference of the means).
  double mean_before = 0;    // Of the older part of what the detector remembers, where it has one.
  double mean_after = 0;     // Of the newer part. The order of the two says whether it was a rise.
  double values_before = 0;  // How many values these are means of; 0: the detector does not say.
  double values_after = 0;
};

class DriftDetector {
 public:
  virtual ~DriftDetector() = default;
  [[nodiscard]] virtual DriftSignal observe(double value) = 0;
  // How near to an alarm it is: the newest test statistic over its threshold where that makes sense; 1 fires.
  [[nodiscard]] virtual double pressure() const = 0;
  virtual void reset() = 0;
  virtual void save(ByteWriter& out) const = 0;
  virtual void load(ByteReader& in) = 0;
};

enum class DetectorInput : std::uint8_t { any, zero_one, feature };

struct DetectorFactory {
  DetectorInput input = DetectorInput::any;
  std::function<std::unique_ptr<DriftDetector>(const Parameters&)> make;
};
using DetectorRow = RegistryRow<DetectorFactory>;

[[nodiscard]] std::span<const DetectorRow> detectors();

}  // namespace rekindle
