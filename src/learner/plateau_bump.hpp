// PlateauBump: sees that the loss no longer improves, so that the learning rate may be raised for once.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/moving.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// The loss is smoothed over about a quarter of `patience` updates (at least 10). Once `patience` updates in a row have not
// brought it below its best by a thousandth, a bump is due, and the search for a better loss begins anew from there.
class PlateauBump {
 public:
  explicit PlateauBump(const PlateauBumpSpec& spec);

  // One update with the mean loss of its batch, which is finite; true when a bump is due.
  [[nodiscard]] bool observe(double loss) { return patience_ != 0 && watch(loss); }
  // Something else changed the rate; what was seen before says nothing about it.
  void start_anew();

  [[nodiscard]] std::uint64_t updates_without_improvement() const { return bad_; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  [[nodiscard]] bool watch(double loss);
  std::uint64_t patience_;
  FadingMean loss_;
  double best_ = 0;
  std::uint64_t bad_ = 0;
};

}  // namespace rekindle
