// Controls: what reacts to the learning of one member, beside its schedule.
#pragma once

#include "learner/cooldown.hpp"
#include "learner/divergence_guard.hpp"
#include "learner/plateau_bump.hpp"
#include "learner/plateau_reduction.hpp"

namespace rekindle {

struct Controls {
  Controls(const ControlsSpec& spec, const ScheduleSpec& schedule, bool has_momentum)
      : bump(spec.plateau_bump), reduction(schedule), guard(spec.guard), cooldown(spec.cooldown, has_momentum) {}

  PlateauBump bump;
  PlateauReduction reduction;
  DivergenceGuard guard;
  Cooldown cooldown;
  double batch_loss = 0;  // Sum over the batch so far.

  // The schedule begins again.
  void start_anew() {
    bump.start_anew();
    reduction.start_anew();
    guard.start_anew();
    cooldown.start_anew();
  }
  void save(ByteWriter& out) const {
    bump.save(out);
    reduction.save(out);
    guard.save(out);
    cooldown.save(out);
    out.put(batch_loss);
  }
  void load(ByteReader& in) {
    bump.load(in);
    reduction.load(in);
    guard.load(in);
    cooldown.load(in);
    in.get_into(batch_loss);
  }
};

}  // namespace rekindle
