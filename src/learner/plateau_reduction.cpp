#include "learner/plateau_reduction.hpp"

#include <algorithm>

namespace rekindle {

PlateauReduction::PlateauReduction(const ScheduleSpec& spec)
    : identity_(spec.identity()), epoch_samples_(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(spec.epoch_samples))) {
  if (spec.schedule.row->name == plateau_row_name) fresh_.emplace(spec.schedule.parameters, spec.lr);
  control_ = fresh_;
}

std::optional<double> PlateauReduction::watch(double loss, std::uint64_t samples) {
  loss_ += loss * static_cast<double>(samples);
  samples_ += samples;
  if (samples_ < epoch_samples_) return std::nullopt;
  const double before = control_->rate();
  const double after = control_->observe(loss_ / static_cast<double>(samples_));
  loss_ = 0;
  samples_ = 0;
  if (after == before) return std::nullopt;
  return after / before;
}

void PlateauReduction::start_anew() {
  control_ = fresh_;
  loss_ = 0;
  samples_ = 0;
}

void PlateauReduction::save(ByteWriter& out) const {
  out.put_string(control_ ? identity_ : "");
  ByteWriter part;
  if (control_) {
    control_->save(part);
    part.put(loss_);
    part.put(samples_);
  }
  out.put_array(part.bytes());
}

void PlateauReduction::load(ByteReader& in) {
  const bool same = in.get_string() == identity_;
  const auto bytes = in.get_array<std::byte>();
  if (!control_ || !same) return;
  ByteReader part(bytes);
  control_->load(part);
  part.get_into(loss_);
  part.get_into(samples_);
  if (!part.ok()) in.invalidate();
}

}  // namespace rekindle
