#include "learner/plateau_bump.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {
constexpr double least_improvement = 1e-3;
}

PlateauBump::PlateauBump(const PlateauBumpSpec& spec)
    : patience_(spec.patience), loss_(1 / std::max(10.0, static_cast<double>(spec.patience) / 4)) {}

bool PlateauBump::watch(double loss) {
  loss_.observe(loss);
  const double now = loss_.value();
  const bool better = loss_.count() == 1 || now < best_ - least_improvement * std::abs(best_);
  if (better) best_ = now;
  bad_ = better ? 0 : bad_ + 1;
  if (bad_ < patience_) return false;
  best_ = now;
  bad_ = 0;
  return true;
}

void PlateauBump::start_anew() {
  loss_.reset();
  bad_ = 0;
}

void PlateauBump::save(ByteWriter& out) const {
  loss_.save(out);
  out.put(best_);
  out.put(bad_);
}

void PlateauBump::load(ByteReader& in) {
  loss_.load(in);
  in.get_into(best_);
  in.get_into(bad_);
}

}  // namespace rekindle
