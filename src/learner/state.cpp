// Saving and restoring a Learner: the sections of its state, their order, and what a changed configuration does to them.
#include <algorithm>

#include "base/hash.hpp"
#include "learner/adaptation.hpp"
#include "learner/learner.hpp"
#include "learner/state_hash.hpp"

namespace rekindle {

namespace {

// A measurement beside the learning, which never acts on it.
constexpr const char* forgetting_section = "forgetting";
// Event times too: a file and a topic with the same samples differ in nothing else.
constexpr std::array unhashed_sections = {"time", "late_label_times", forgetting_section};
constexpr const char* time_section = unhashed_sections[0];
constexpr const char* label_times_section = unhashed_sections[1];
constexpr const char* labels_section = "late_labels";

template <class Save>
StateSection section(std::string name, Save save) {
  ByteWriter out;
  save(out);
  return {std::move(name), out.take()};
}

// Runs `load` over a section; every byte has to be read.
template <class Load>
Status load_section(std::span<const StateSection> sections, std::string_view name, Load load) {
  const auto* found = find_section(sections, name);
  if (found == nullptr) return fail(ErrorCode::data, "the state has no section \"{}\"", name);
  ByteReader in(found->bytes);
  load(in);
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "section \"{}\" does not fit this learner", name);
  return {};
}

// The classes that the saved shadow had: it takes a new one in with the first sample of it, and a label may have come before that.
std::size_t classes_of_shadow(std::span<const StateSection> sections, std::size_t classes) {
  const auto* found = find_section(sections, "shadow");
  if (found == nullptr) return classes;
  ByteReader in(found->bytes);
  const bool is_there = in.get<std::uint8_t>() != 0;
  const auto state = is_there ? in.get_array<std::byte>() : std::vector<std::byte>{};
  ByteReader model(state);
  (void)model.get<std::uint64_t>();  // The width of its numbers.
  const auto outputs = static_cast<std::size_t>(model.get<std::uint64_t>());
  return model.ok() ? std::min(outputs, classes) : classes;
}

IndexMap index_map(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  IndexMap map;
  for (const auto& name : now) {
    const auto at = std::ranges::find(before, name);
    map.push_back(at == before.end() ? -1 : at - before.begin());
  }
  return map;
}

}  // namespace

void Learner::save_counters(ByteWriter& out) const {
  const auto& c = counters_;
  for (const auto count : {c.samples, c.labelled, c.learned, c.predicted_only, c.held_out, c.rejected, c.updates, c.nonfinite_updates,
                           c.replacements, c.rollbacks}) {
    out.put(count);
  }
  for (const auto count : {c.divergences, c.guard_rollbacks, c.plateau_bumps}) out.put(count);
  for (const auto count : c.restarts) out.put(count);
  for (const auto count : c.resets) out.put(count);
  for (const auto count : responses_) out.put(count);
  out.put(clock_.updates);
  out.put(clock_.samples);
  out.put(gradient_norm_);
}

void Learner::load_counters(ByteReader& in) {
  auto& c = counters_;
  for (auto* count : {&c.samples, &c.labelled, &c.learned, &c.predicted_only, &c.held_out, &c.rejected, &c.updates, &c.nonfinite_updates,
                      &c.replacements, &c.rollbacks}) {
    in.get_into(*count);
  }
  for (auto* count : {&c.divergences, &c.guard_rollbacks, &c.plateau_bumps}) in.get_into(*count);
  for (auto& count : c.restarts) in.get_into(count);
  for (auto& count : c.resets) in.get_into(count);
  for (auto& count : responses_) in.get_into(count);
  in.get_into(clock_.updates);
  in.get_into(clock_.samples);
  in.get_into(gradient_norm_);
}

void Learner::save_trial(ByteWriter& out) const {
  trial_.save(out);
  out.put(trial_incident_);
  archive_.save(out);
  rollback_.save(out);
}

void Learner::load_trial(ByteReader& in) {
  trial_.load(
      in, [this] { return make_another(); }, clock_);
  in.get_into(trial_incident_);
  archive_.load(in);
  rollback_.load(in);
}

// A portfolio gives a single learner the model of the member that counts most; a single learner gives each of a portfolio its own.
Status Learner::take_model(std::span<const StateSection> sections, const std::string& saved_mode) {
  const bool same = saved_mode == to_string(spec_.mode, spec_.budget);
  if (same) return load_section(sections, "model", [&](ByteReader& in) { champion_->load_model(in); });
  const auto* found = find_section(sections, "model");
  if (found == nullptr) return fail(ErrorCode::data, "the state has no section \"model\"");
  const auto model = saved_mode == "single" ? found->bytes : Portfolio::best_model(found->bytes);
  const auto probe = make_member(spec_.member, spec_.schema.task, spec_.inputs(features_.size()), 0, spec_.batch_size);
  ByteReader in(model);
  (portfolio_ == nullptr ? *champion_ : *probe).load_model(in);
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "section \"model\" does not fit this learner");
  if (portfolio_ != nullptr) portfolio_->load_single_model(model);
  return {};
}

std::vector<StateSection> Learner::save() const {
  std::vector<StateSection> sections;
  sections.push_back(save_shape(shape_of(spec_, features_, classes_.names())));
  sections.push_back(section("counters", [&](ByteWriter& out) { save_counters(out); }));
  sections.push_back(section("classes", [&](ByteWriter& out) { classes_.save(out); }));
  sections.push_back(section("scaler", [&](ByteWriter& out) { scaler_.save(out); }));
  if (!spec_.schema.categorical.empty()) sections.push_back(section("categories", [&](ByteWriter& out) { categories_.save(out); }));
  sections.push_back(section("model", [&](ByteWriter& out) { champion_->save_model(out); }));
  sections.push_back(section("optimizer", [&](ByteWriter& out) { champion_->save_optimizer(out); }));
  sections.push_back(section("schedule", [&](ByteWriter& out) { champion_->save_rate(out); }));
  sections.push_back(section("controls", [&](ByteWriter& out) { champion_->save_controls(out); }));
  sections.push_back(section("trial", [&](ByteWriter& out) { save_trial(out); }));
  sections.push_back(section("health", [&](ByteWriter& out) { health_.save(out); }));
  sections.push_back(section("shadow", [&](ByteWriter& out) { health_.save_shadow(out); }));
  sections.push_back(section("scores", [&](ByteWriter& out) { scores_.save(out); }));
  // Only where there is one, so that a learner without is what it was before.
  if (!spec_.schema.incumbent.empty()) sections.push_back(section("incumbent", [&](ByteWriter& out) { incumbent_.save(out); }));
  sections.push_back(section("detectors", [&](ByteWriter& out) { monitor_.save(out); }));
  sections.push_back(section("drift", [&](ByteWriter& out) {
    severity_.save(out);
    kind_.save(out);
    fast_loss_.save(out);
    slow_loss_.save(out);
    incidents_.save(out);
  }));
  sections.push_back(section(time_section, [&](ByteWriter& out) {
    out.put(clock_.time_ms);
    incidents_.save_times(out);
  }));
  sections.push_back(section(forgetting_section, [&](ByteWriter& out) {
    forgetting_.save(out, spec_.member.precision == Precision::float64);
    incidents_.save_forgetting(out);
  }));
  sections.push_back(section("random", [&](ByteWriter& out) { random_.save(out); }));
  if (!late_) return sections;
  sections.push_back(section(labels_section, [&](ByteWriter& out) { late_->save(out); }));
  sections.push_back(section(label_times_section, [&](ByteWriter& out) { late_->save_times(out); }));
  return sections;
}

Status Learner::restore(std::span<const StateSection> sections, std::vector<std::string>& notes) {
  const auto shape = load_shape(sections);
  if (!shape) return tl::unexpected(shape.error());
  auto plan = plan_adaptation(*shape, spec_);
  if (!plan.refused.empty()) {
    return fail(ErrorCode::configuration,
                "{}; start anew with --fresh (the old state is kept aside), or bring weights in with `rekindle import`",
                fmt::join(plan.refused, "; "));
  }
  notes.insert(notes.end(), plan.changed.begin(), plan.changed.end());
  // The state is read into a learner of its own shape first, then its features are rearranged.
  const auto wanted = features_;
  features_ = shape->features;
  scaler_ = Scaler(spec_.scale, spec_.fading_alpha, features_.size(), spec_.schema.needs_means());
  enthrone(make_champion(spec_, features_.size(), shape->classes.size()));
  const bool open = spec_.schema.task == Task::multiclass;
  health_ = HealthMonitor(spec_, features_.size(), open ? classes_of_shadow(sections, shape->classes.size()) : shape->classes.size());
  const bool same_scaling = shape->scaling == shape_of(spec_, {}, {}).scaling;
  const bool same_mode = shape->mode == to_string(spec_.mode, spec_.budget);
  const bool same_optimizer = same_mode && shape->optimizer == shape_of(spec_, {}, {}).optimizer;
  const auto skip = [](ByteReader& in) { in = ByteReader({}); };
  const auto listed = classes_.names();
  const bool incumbent_saved = !spec_.schema.incumbent.empty() && find_section(sections, "incumbent") != nullptr;
  if (!spec_.schema.categorical.empty()) {
    categories_ = CategoryEncoder(spec_.categories);
    if (auto status = load_section(sections, "categories", [&](ByteReader& in) { categories_.load(in); }); !status) return status;
  }
  for (const auto& status : {
           load_section(sections, "counters", [&](ByteReader& in) { load_counters(in); }),
           load_section(sections, "classes", [&](ByteReader& in) { classes_.load(in); }),
           load_section(sections, "scaler", [&](ByteReader& in) { same_scaling ? scaler_.load(in) : skip(in); }),
           take_model(sections, shape->mode),
           load_section(sections, "optimizer", [&](ByteReader& in) { same_optimizer ? champion_->load_optimizer(in) : skip(in); }),
           load_section(sections, "controls", [&](ByteReader& in) { same_mode ? champion_->load_controls(in, same_optimizer) : skip(in); }),
           load_section(sections, "health", [&](ByteReader& in) { health_.load(in); }),
           load_section(sections, "shadow", [&](ByteReader& in) { health_.load_shadow(in, same_optimizer, *champion_); }),
           load_section(sections, "scores", [&](ByteReader& in) { scores_.load(in); }),
           incumbent_saved ? load_section(sections, "incumbent", [&](ByteReader& in) { incumbent_.load(in); }) : Status(),
           load_section(sections, "detectors", [&](ByteReader& in) { monitor_.load(in); }),
           load_section(sections, "drift",
                        [&](ByteReader& in) {
                          severity_.load(in);
                          kind_.load(in);
                          fast_loss_.load(in);
                          slow_loss_.load(in);
                          incidents_.load(in);
                        }),
           load_section(sections, time_section,
                        [&](ByteReader& in) {
                          in.get_into(clock_.time_ms);
                          incidents_.load_times(in);
                        }),
           load_section(sections, "schedule", [&](ByteReader& in) { same_mode ? champion_->load_rate(in, clock_) : skip(in); }),
           load_section(sections, "trial", [&](ByteReader& in) { same_optimizer ? load_trial(in) : skip(in); }),
           load_forgetting(sections),
           load_section(sections, "random", [&](ByteReader& in) { random_.load(in); }),
           load_late_labels(sections),
       }) {
    if (!status) return status;
  }
  if (listed.size() > classes_.size()) {
    classes_ = ClassTable(spec_.schema);
    champion_->grow_classes(classes_.size());
    trial_.grow_classes(classes_.size());
  }
  if (wanted == features_) return {};
  const auto map = index_map(features_, wanted);
  champion_->remap_features(map);
  trial_.end();
  forgetting_.clear();
  archive_.clear();
  rollback_ = {};
  health_.remap_features(map);
  scaler_.remap(map);
  features_ = wanted;
  const auto gone = late_ ? late_->let_samples_go() : 0;
  counters_.predicted_only += gone;
  if (gone != 0) notes.push_back(fmt::format("{} samples that waited for their labels had other features: they are not learned", gone));
  return {};
}

// A state of before it was measured has none.
Status Learner::load_forgetting(std::span<const StateSection> sections) {
  if (find_section(sections, forgetting_section) == nullptr) return {};
  return load_section(sections, forgetting_section, [&](ByteReader& in) {
    forgetting_.load(in, spec_.member.precision == Precision::float64, features_.size());
    incidents_.load_forgetting(in);
  });
}

Status Learner::load_late_labels(std::span<const StateSection> sections) {
  if (!late_ || find_section(sections, labels_section) == nullptr) return {};
  if (auto status = load_section(sections, labels_section, [&](ByteReader& in) { late_->load(in); }); !status) return status;
  return load_section(sections, label_times_section, [&](ByteReader& in) { late_->load_times(in); });
}

// Of the sections as `ByteWriter` would put them behind one another; a large state is not copied for that.
std::string state_hash(std::span<const StateSection> saved) {
  Hash128 hash;
  for (const auto& one : saved) {
    if (std::ranges::find(unhashed_sections, one.name) != unhashed_sections.end()) continue;
    ByteWriter head;
    head.put_string(one.name);
    head.put<std::uint64_t>(one.bytes.size());
    hash.add(head.bytes());
    hash.add(one.bytes);
  }
  return hash.hex();
}

std::string Learner::state_hash() const { return rekindle::state_hash(save()); }

}  // namespace rekindle
