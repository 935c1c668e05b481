#include "learner/shadow.hpp"

#include <algorithm>

namespace rekindle {

namespace {

MemberSpec constant_spec(const MemberSpec& spec) {
  auto out = spec;
  out.schedule.lr = constant_rate(spec.schedule);
  out.schedule.schedule.row = find_row(schedules(), "constant");
  Diagnostics none;
  out.schedule.schedule.parameters = check_parameters(out.schedule.schedule.row->parameters, {}, "", none);
  out.schedule.warmup = {};
  out.schedule.unit = StepUnit::updates;
  // What reacts to the learning would make the rate no constant.
  out.controls = {};
  out.controls.guard = {.loss_factor = 1e300, .lr_factor = 1, .rollback = false};
  return out;
}

}  // namespace

double constant_rate(const ScheduleSpec& spec) {
  const auto& p = spec.schedule.parameters;
  if (p.has("base_lr") && p.has("max_lr")) return (p.real("base_lr") + p.real("max_lr")) / 2;
  if (p.has("max_lr")) return p.real("max_lr") / 2;
  if (!p.has("values")) return spec.lr;
  const auto values = p.reals("values");
  return (*std::ranges::min_element(values) + *std::ranges::max_element(values)) / 2;
}

Shadow::Shadow(const LearnerSpec& spec, std::size_t features, std::size_t classes)
    : member_(make_member(constant_spec(spec.member), spec.schema.task, spec.inputs(features), classes, spec.batch_size)) {}

double Shadow::observe(const Features& x, double target, double weight, bool held_out, std::size_t classes, const StepClock& now) {
  member_->grow_classes(classes);
  member_->predict(x, prediction_);
  if (held_out) return member_->evaluate(target);
  return member_->learn(x, target, weight, now).loss;
}

void Shadow::copy(const Member& other) {
  ByteWriter out;
  other.save_model(out);
  ByteReader in(out.bytes());
  member_->load_model(in);
}

void Shadow::save(ByteWriter& out) const {
  member_->save_model(out);
  ByteWriter optimizer;
  member_->save_optimizer(optimizer);
  out.put_array(optimizer.bytes());
  member_->save_rate(out);
  member_->save_controls(out);
}

void Shadow::load(ByteReader& in, bool same_optimizer) {
  member_->load_model(in);
  const auto optimizer = in.get_array<std::byte>();
  ByteReader saved(optimizer);
  if (same_optimizer) member_->load_optimizer(saved);
  if (!saved.ok()) in.invalidate();
  member_->load_rate(in, {});
  member_->load_controls(in, same_optimizer);
}

}  // namespace rekindle
