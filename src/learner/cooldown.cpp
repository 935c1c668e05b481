#include "learner/cooldown.hpp"

#include <algorithm>

namespace rekindle {

std::optional<double> Cooldown::momentum(std::uint64_t update, std::optional<double> scheduled) const {
  if (update >= until_ || !has_momentum_) return scheduled;
  return std::min(spec_.momentum, scheduled.value_or(spec_.momentum));
}

void Cooldown::start_anew() {
  last_rate_ = 0;
  until_ = 0;
}

void Cooldown::save(ByteWriter& out) const {
  out.put(last_rate_);
  out.put(until_);
}

void Cooldown::load(ByteReader& in) {
  in.get_into(last_rate_);
  in.get_into(until_);
}

}  // namespace rekindle
