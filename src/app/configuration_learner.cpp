#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "app/checker.hpp"
#include "schedule/plateau.hpp"

namespace rekindle {

void Checker::preprocess(Configuration& configuration) {
  const auto p = checked("preprocess");
  auto& out = configuration.learner;
  static const std::map<std::string, ScaleKind> kinds = {
      {"none", ScaleKind::none}, {"fading", ScaleKind::fading}, {"standard", ScaleKind::standard}, {"minmax", ScaleKind::minmax}};
  if (p.has("scale")) out.scale = kinds.at(p.string("scale"));
  if (p.has("fading_alpha")) out.fading_alpha = p.real("fading_alpha");
  sparse(p, configuration);
}

void Checker::model(LearnerSpec& out) {
  const auto p = checked("model");
  if (p.has("precision")) precision(p.string("precision"), out.member);
  model_kind(p, out);
  initial(p, out);
  const auto task = out.schema.task;
  const std::string by_task = task == Task::regression ? "squared" : (task == Task::binary ? "logistic" : "softmax");
  Table loss;
  const auto* written = p.find("loss");
  loss.set("type", written == nullptr ? Value(by_task) : *written, {});
  for (const auto& row : losses()) {
    for (const auto& key : row.parameters) {
      if (const auto* value = p.find(key.name)) loss.set(key.name, *value, value->place);
    }
  }
  Diagnostics found;
  out.member.loss = check_choice(losses(), {}, loss, "model", found);
  for (const auto& one : found.all()) {
    const bool of_another = one.message.starts_with("unknown key");
    error(one.place, one.key == "model.type" ? "model.loss" : one.key, of_another ? "is not a key of this loss" : one.message);
  }
  if (out.member.loss.row == nullptr) return;
  const auto target = out.member.loss.row->make.target;
  const auto wanted = task == Task::regression ? LossTarget::number : (task == Task::binary ? LossTarget::binary : LossTarget::multiclass);
  if (target != wanted)
    error(written == nullptr ? place_of("model") : written->place, "model.loss",
          fmt::format("{} is not a loss for a {} task", out.member.loss.row->name, to_string(task)));
}

void Checker::learner(LearnerSpec& out) {
  auto given = without_later("learner", sub("learner"));
  const bool nothing_named = table_.find("optimizer") == nullptr && table_.find("schedule") == nullptr;
  if (given.find("mode") == nullptr) given.set("mode", Value(std::string(nothing_named ? "portfolio" : "single")), {});
  const auto p = check_parameters(section("learner").keys, given, "learner", diagnostics_, place_of("learner"));
  if (!p.has("mode")) return;
  describe("learner", p.table());
  learner_mode_ = out.mode = p.string("mode") == "portfolio" ? LearnerMode::portfolio : LearnerMode::single;
  if (p.has("budget")) out.budget = p.string("budget") == "lite" ? PortfolioBudget::lite : PortfolioBudget::full;
  if (p.has("batch_size")) out.batch_size = static_cast<std::uint64_t>(p.integer("batch_size"));
  if (p.has("validation_every")) out.validation_every = static_cast<std::uint64_t>(p.integer("validation_every"));
  if (p.has("shadow")) out.shadow = p.boolean("shadow");
  if (p.has("batch_size") && p.has("base_batch_size") && p.has("scale_lr")) {
    const double share = p.real("batch_size") / p.real("base_batch_size");
    const auto& kind = p.string("scale_lr");
    out.member.schedule.scale = kind == "linear" ? share : (kind == "sqrt" ? std::sqrt(share) : 1);
  }
  controls(p, out.member.controls);
}

// A table within the section `p`, checked key by key; nothing where it is not there.
std::optional<Parameters> Checker::nested(const Parameters& p, const std::string& section, const char* name,
                                          std::span<const ParameterSpec> keys) {
  const auto* given = p.find(name);
  if (given == nullptr) return std::nullopt;
  const auto mistakes_before = diagnostics_.all().size();
  auto out = check_parameters(keys, *given->table(), section + "." + name, diagnostics_, given->place);
  if (diagnostics_.all().size() != mistakes_before) return std::nullopt;
  return out;
}

void Checker::controls(const Parameters& p, ControlsSpec& out) {
  if (const auto guard = nested(p, "learner", "guard", guard_keys())) {
    out.guard = {guard->real("loss_factor"), guard->real("lr_factor"), guard->boolean("rollback")};
  }
  if (const auto bump = nested(p, "learner", "plateau_bump", plateau_bump_keys())) {
    out.plateau_bump = {static_cast<std::uint64_t>(bump->integer("patience")), bump->real("factor"), bump->real("max_lr"),
                        bump->real("decay_stretch")};
    bump_limit_written_ = bump->written("max_lr");
  }
}

// Naming one of the two gives the other its default.
void Checker::optimizer_and_schedule(LearnerSpec& learner) {
  auto& out = learner.member;
  const bool portfolio = learner.mode == LearnerMode::portfolio;
  if (portfolio) warn_of_unused_sections();
  Table optimizer = sub("optimizer");
  if (optimizer.find("type") == nullptr && table_.find("optimizer") == nullptr) optimizer.set("type", Value(std::string("rmsprop")), {});
  auto common = std::vector<ParameterSpec>(common_optimizer_parameters().begin(), common_optimizer_parameters().end());
  out.optimizer = check_choice(optimizers(), common, optimizer, "optimizer", diagnostics_, place_of("optimizer"));
  schedule(out.schedule, out.controls.cooldown, out.optimizer.row == nullptr ? 0.01 : out.optimizer.row->make.default_lr);
  if (out.optimizer.row == nullptr || diagnostics_.failed()) return;
  if (!portfolio) warn_of_unused_momentum(out);
  lower_only(out);
  if (!bump_limit_written_) bump_within_reach(out);
  out.reset_every =
      out.optimizer.parameters.has("reset_every") ? static_cast<std::uint64_t>(out.optimizer.parameters.integer("reset_every")) : 0;
  if (!portfolio) describe("optimizer", out.optimizer.parameters.table());
}

// The default of max_lr suits no schedule in particular; an adaptive optimizer is wrecked long before it.
void Checker::bump_within_reach(MemberSpec& member) {
  auto& bump = member.controls.plateau_bump;
  if (bump.patience != 0) bump.max_lr = std::min(bump.max_lr, 10 * peak_rate(member.schedule) * member.schedule.scale);
}

void Checker::warn_of_unused_sections() {
  for (const auto* name : {"optimizer", "schedule"}) {
    if (table_.find(name) != nullptr) diagnostics_.warn(place_of(name), name, "is not used by a portfolio; learner.mode = \"single\" is");
  }
}

void Checker::warn_of_unused_momentum(const MemberSpec& member) {
  const auto& schedule = member.schedule.schedule;
  if (!schedule.row->make(schedule.parameters, member.schedule.lr)->has_momentum()) return;
  if (member.optimizer.row->make.make<double>(member.optimizer.parameters, {})->has_momentum()) return;
  diagnostics_.warn(
      place_of("schedule"), "schedule",
      fmt::format("moves the momentum, of which this {} has none; cycle_momentum = false leaves it alone", member.optimizer.row->name));
}

// A cool-down reduces the momentum: one that is configured lower stays.
void Checker::lower_only(MemberSpec& member) {
  const auto& p = member.optimizer.parameters;
  auto& momentum = member.controls.cooldown.momentum;
  if (p.has("momentum")) momentum = std::min(momentum, p.real("momentum"));
  if (p.has("betas")) momentum = std::min(momentum, p.reals("betas")[0]);
}

void Checker::schedule(ScheduleSpec& out, CooldownSpec& cooldown, double default_lr) {
  Table given = sub("schedule");
  if (table_.find("schedule") == nullptr) {
    given.set("type", Value(std::string("cosine_restarts")), {});
    given.set("T_0", Value(std::int64_t{5000}), {});
    given.set("T_mult", Value(std::int64_t{2}), {});
    const double lr = table_.find("optimizer") == nullptr ? 0.1 : default_lr;
    given.set("lr", Value(lr), {});
    given.set("eta_min", Value(lr / 10), {});
  }
  const auto p = schedule_from(given, "schedule", place_of("schedule"), default_lr, out);
  if (!p) return;
  const bool has_its_own_cooldown = out.schedule.row->name == plateau_row_name;  // A number of epochs.
  if (const auto pause = has_its_own_cooldown ? std::nullopt : nested(*p, "schedule", "cooldown", cooldown_keys())) {
    cooldown = {static_cast<std::uint64_t>(pause->integer("steps")), pause->real("momentum")};
  }
  if (learner_mode_ == LearnerMode::single) describe("schedule", p->table());
}

// What a learner can show to a plateau: the mean loss of an epoch.
void Checker::plateau(const Parameters& p, const std::string& key, ScheduleSpec& out) {
  if (key != "schedule")
    error(p.find("type")->place, key + ".type", "a plateau follows the loss of the whole model: it belongs into [schedule]");
  if (p.written("unit") && out.unit != StepUnit::epochs)
    error(p.find("unit")->place, key + ".unit", "a plateau is looked for once an epoch: \"epochs\", with its epoch_samples");
  if (p.string("mode") == "max") error(p.find("mode")->place, key + ".mode", "the learner follows its loss, which is to fall: \"min\"");
  out.unit = StepUnit::epochs;
}

std::optional<Parameters> Checker::schedule_from(const Table& given, const std::string& key, const Place& where, double default_lr,
                                                 ScheduleSpec& out) {
  const auto mistakes_before = diagnostics_.all().size();
  auto choice = check_choice(schedules(), schedule_section_keys(), given, key, diagnostics_, where);
  if (choice.row == nullptr || diagnostics_.all().size() != mistakes_before) return std::nullopt;
  const auto& p = choice.parameters;
  out.lr = p.has("lr") ? p.real("lr") : default_lr;
  const auto& unit = p.string("unit");
  out.unit = unit == "updates" ? StepUnit::updates
                               : (unit == "samples" ? StepUnit::samples : (unit == "epochs" ? StepUnit::epochs : StepUnit::seconds));
  out.epoch_samples = p.real("epoch_samples");
  out.lr_min = p.real("lr_min");
  out.lr_max = p.real("lr_max");
  if (out.lr_min > out.lr_max)
    error(p.find("lr_min")->place, key + ".lr_min", fmt::format("must be <= lr_max, got {} and {}", out.lr_min, out.lr_max));
  if (const auto* warmup = p.find("warmup")) {
    const auto w = check_parameters(warmup_parameters(), *warmup->table(), key + ".warmup", diagnostics_, warmup->place);
    if (w.has("steps") && w.has("kind") && w.has("start_factor")) out.warmup = warmup_from(w);
  }
  if (choice.row->name == plateau_row_name) plateau(p, key, out);
  out.schedule.row = choice.row;
  for (const auto& spec : choice.row->parameters) {
    if (spec.name == "lr") continue;  // Resolved above; written or by default, it is the same schedule.
    if (const auto* value = p.find(spec.name)) out.schedule.parameters.set(spec.name, *value);
  }
  return choice.parameters;
}

void Checker::drift(LearnerSpec& learner) {
  auto& out = learner.drift;
  const auto p = checked("drift");
  if (p.has("policy")) out.policy = find_row(policies(), p.string("policy"));
  if (p.has("direction")) {
    const auto& direction = p.string("direction");
    out.direction = direction == "rises" ? DriftDirection::rises : (direction == "falls" ? DriftDirection::falls : DriftDirection::both);
  }
  for (const auto& [name, field] :
       {std::pair("cooldown", &out.cooldown), {"max_per_million", &out.max_per_million}, {"votes", &out.votes}}) {
    if (p.has(name)) *field = static_cast<std::uint64_t>(p.integer(name));
  }
  if (const auto* given = p.find("responses")) responses(*given, out.responses);
  if (const auto* given = p.find("trial")) trial(*given, out.trial);
  detectors(p, learner);
}

}  // namespace rekindle
