#include "learner/cooldown.hpp"

#include <algorithm>

namespace rekindle {

double Cooldown::rate(std::uint64_t update, double scheduled) const { return update < until_ && !has_momentum_ ? last_rate_ : scheduled; }

std::optional<double> Cooldown::momentum(std::uint64_t update, std::optional<double> scheduled) const {
  if (update >= until_ || !has_momentum_) return scheduled;
  return std::min(spec_.momentum, scheduled.value_or(spec_.momentum));
}

void Cooldown::stepped(std::uint64_t update, double rate) {
  if (spec_.steps == 0) return;
  if (rate < last_rate_ / 2) until_ = update + spec_.steps;
  last_rate_ = rate;
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
