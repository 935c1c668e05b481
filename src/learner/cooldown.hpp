// Cooldown: a pause after a sudden fall of the learning rate, so that a step taken with the momentum of the high rate does
// not overshoot at the low one.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// When the rate falls by more than half between two updates, then for `steps` updates, that one included, the momentum is
// lowered to the configured one; an optimizer without momentum keeps the fallen rate instead, whatever the schedule says.
class Cooldown {
 public:
  Cooldown(const CooldownSpec& spec, bool has_momentum) : spec_(spec), has_momentum_(has_momentum) {}

  // The rate of update `update` for which the schedule says `scheduled`.
  [[nodiscard]] double rate(std::uint64_t update, double scheduled) const {
    return update < until_ && !has_momentum_ ? last_rate_ : scheduled;
  }
  // The momentum of the update that `stepped` announced last.
  [[nodiscard]] std::optional<double> momentum(std::uint64_t update, std::optional<double> scheduled) const;

  // Update `update` is made at `rate`.
  void stepped(std::uint64_t update, double rate) {
    if (spec_.steps == 0) return;
    if (rate < last_rate_ / 2) until_ = update + spec_.steps;
    last_rate_ = rate;
  }
  // The rate is about to change on purpose: no fall to be careful about.
  void start_anew();

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  CooldownSpec spec_;
  bool has_momentum_;
  double last_rate_ = 0;
  std::uint64_t until_ = 0;  // The first update after the pause.
};

}  // namespace rekindle
