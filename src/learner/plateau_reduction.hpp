// PlateauReduction: `schedule.type = "plateau"` at work. Once an epoch it shows the mean loss to a PlateauControl and tells by
// what the rate falls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "learner/spec.hpp"
#include "schedule/plateau.hpp"

namespace rekindle {

class PlateauReduction {
 public:
  // Another schedule than the plateau never reduces.
  explicit PlateauReduction(const ScheduleSpec& spec);

  // The mean loss of one batch of so many samples, before it was learned. At the end of an epoch on a plateau: the factor for the rate,
  // below 1; otherwise 1.
  [[nodiscard]] double observe(double loss, std::uint64_t samples) { return control_ ? watch(loss, samples).value_or(1) : 1; }
  // The rate is the base rate again, and the search for the best loss begins anew.
  void start_anew();

  void save(ByteWriter& out) const;
  // A state of another schedule leaves this one as it is.
  void load(ByteReader& in);

 private:
  [[nodiscard]] std::optional<double> watch(double loss, std::uint64_t samples);
  std::string identity_;  // Of the specification; saved with every state.
  std::uint64_t epoch_samples_;
  std::optional<PlateauControl> fresh_;  // As at the start; nothing: the schedule is another.
  std::optional<PlateauControl> control_;
  double loss_ = 0;  // Sum over the epoch so far.
  std::uint64_t samples_ = 0;
};

}  // namespace rekindle
