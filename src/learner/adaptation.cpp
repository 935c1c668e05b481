#include "learner/adaptation.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace rekindle {

namespace {

void put_strings(ByteWriter& out, const std::vector<std::string>& strings) {
  out.put<std::uint64_t>(strings.size());
  for (const auto& one : strings) out.put_string(one);
}

std::vector<std::string> get_strings(ByteReader& in) {
  std::vector<std::string> strings;
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) strings.push_back(in.get_string());
  return strings;
}

bool names(const std::string& configured, const std::string& feature) {
  return feature == configured || feature.starts_with(configured + '[');
}

bool covered(const std::vector<std::string>& configured, const std::string& feature) {
  return std::ranges::any_of(configured, [&](const auto& one) { return names(one, feature); });
}

bool known(const std::string& configured, const std::vector<std::string>& features) {
  return std::ranges::any_of(features, [&](const auto& one) { return names(configured, one); });
}

void plan_features(const SavedShape& saved, const std::vector<std::string>& configured, Adaptation& plan) {
  if (configured.empty() || configured == saved.configured_features) {
    plan.kept.push_back(fmt::format("features: all {} kept", saved.features.size()));
    return;
  }
  for (const auto& name : configured) {
    if (!known(name, saved.features)) plan.changed.push_back(fmt::format("feature {}: new, starts at zero with fresh accumulators", name));
  }
  for (const auto& feature : saved.features) {
    if (!covered(configured, feature))
      plan.changed.push_back(fmt::format("feature {}: no longer in the schema, its weights are dropped", feature));
  }
}

void plan_classes(const SavedShape& saved, const std::vector<std::string>& configured, Adaptation& plan) {
  if (configured.empty() || configured == saved.classes) return;
  const bool prefix = std::ranges::mismatch(saved.classes, configured).in1 == saved.classes.end();
  if (prefix) {
    plan.changed.push_back(fmt::format("classes: {} more than before", configured.size() - saved.classes.size()));
  } else {
    plan.refused.push_back(
        fmt::format("schema.classes: the state was learned with {}; new classes may only follow them", fmt::join(saved.classes, ", ")));
  }
}

// Two specs with the same scaling can read each other's statistics.
std::string scaling_of(const LearnerSpec& spec) {
  const auto kind = to_string(spec.scale);
  if (spec.scale == ScaleKind::fading) return fmt::format("{} {}", kind, spec.fading_alpha);
  return spec.scale == ScaleKind::none && spec.schema.needs_means() ? kind + " (with means)" : kind;
}

// Two specs with the same sparse part have the same meaning for each coordinate.
std::string sparse_of(const LearnerSpec& spec) {
  if (!spec.sparse_coordinates) return "";
  if (spec.schema.categorical.empty()) return fmt::format("2^{} hashed features", spec.categories.hash_bits);
  if (spec.categories.encoding == Encoding::onehot) return "one-hot categories";
  return fmt::format("categories hashed into 2^{}", spec.categories.hash_bits);
}

void refuse_if_changed(const std::string& key, const std::string& before, const std::string& now, Adaptation& plan) {
  if (before != now) plan.refused.push_back(fmt::format("{}: the state was learned with {}, the configuration says {}", key, before, now));
}

void refuse_other_sparse(const std::string& before, const std::string& now, Adaptation& plan) {
  const auto shown = [](const std::string& text) { return text.empty() ? "no sparse features" : text; };
  const auto kind = [](std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
  };
  const bool only_bits = !before.empty() && !now.empty() && kind(before) == kind(now);
  refuse_if_changed(only_bits ? "preprocess.hash_bits" : "source.format, schema.categorical, preprocess.encode", shown(before), shown(now),
                    plan);
}

}  // namespace

std::string to_string(LearnerMode mode, PortfolioBudget budget) {
  if (mode == LearnerMode::single) return "single";
  return budget == PortfolioBudget::full ? "portfolio full" : "portfolio lite";
}

SavedShape shape_of(const LearnerSpec& spec, std::vector<std::string> features, std::vector<std::string> classes) {
  const auto& model = spec.member.model;
  const bool mlp = model.kind == ModelKind::mlp;
  const bool single = spec.mode == LearnerMode::single;
  return {to_string(spec.schema.task),
          to_string(model.kind),
          mlp ? fmt::format("[{}]", fmt::join(model.hidden, ", ")) : "",
          mlp ? to_string(model.activation) : "",
          to_string(spec.member.precision),
          std::move(features),
          spec.schema.features,
          std::move(classes),
          single ? spec.member.optimizer.row->name : "portfolio",
          single ? spec.member.schedule.identity() : "portfolio",
          scaling_of(spec),
          sparse_of(spec),
          to_string(spec.mode, spec.budget)};
}

StateSection save_shape(const SavedShape& shape) {
  ByteWriter out;
  for (const auto* text : {&shape.task, &shape.model, &shape.hidden, &shape.activation, &shape.precision, &shape.optimizer, &shape.schedule,
                           &shape.scaling, &shape.mode})
    out.put_string(*text);
  put_strings(out, shape.features);
  put_strings(out, shape.configured_features);
  put_strings(out, shape.classes);
  if (!shape.sparse.empty()) out.put_string(shape.sparse);
  return {"shape", out.take()};
}

Result<SavedShape> load_shape(std::span<const StateSection> sections) {
  const auto* section = find_section(sections, "shape");
  if (section == nullptr) return fail(ErrorCode::data, "the state has no section \"shape\"");
  ByteReader in(section->bytes);
  SavedShape shape;
  for (auto* text : {&shape.task, &shape.model, &shape.hidden, &shape.activation, &shape.precision, &shape.optimizer, &shape.schedule,
                     &shape.scaling, &shape.mode})
    *text = in.get_string();
  shape.features = get_strings(in);
  shape.configured_features = get_strings(in);
  shape.classes = get_strings(in);
  if (in.ok() && !in.at_end()) shape.sparse = in.get_string();
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "section \"shape\" is damaged");
  return shape;
}

Adaptation plan_adaptation(const SavedShape& saved, const LearnerSpec& spec) {
  const auto now = shape_of(spec, {}, {});
  Adaptation plan;
  refuse_if_changed("schema.task", saved.task, now.task, plan);
  refuse_if_changed("model.type", saved.model, now.model, plan);
  if (saved.model == now.model) {
    refuse_if_changed("model.hidden", saved.hidden, now.hidden, plan);
    refuse_if_changed("model.activation", saved.activation, now.activation, plan);
  }
  refuse_if_changed("model.precision", saved.precision, now.precision, plan);
  refuse_other_sparse(saved.sparse, now.sparse, plan);
  plan_classes(saved, spec.schema.classes, plan);
  if (!plan.refused.empty()) return plan;
  plan_features(saved, spec.schema.features, plan);
  if (saved.mode != now.mode) {
    const auto* from =
        saved.mode == "single" ? "each member starts from its weights" : "the weights of the member that counts most are kept";
    plan.changed.push_back(
        fmt::format("mode: {} becomes {}: {}, with new accumulators; the schedule starts anew", saved.mode, now.mode, from));
  } else if (saved.optimizer == now.optimizer) {
    plan.kept.push_back(fmt::format("optimizer: {}, accumulators kept", now.optimizer));
  } else {
    plan.changed.push_back(fmt::format("optimizer: {} becomes {}: weights kept, new accumulators", saved.optimizer, now.optimizer));
  }
  if (saved.mode != now.mode) {
    // Said above.
  } else if (saved.schedule == now.schedule) {
    plan.kept.push_back("schedule: goes on where it was");
  } else {
    plan.changed.push_back("schedule: changed: weights kept, it starts anew");
  }
  if (saved.scaling != now.scaling) {
    plan.changed.push_back(fmt::format("scaling: {} becomes {}: its statistics start anew", saved.scaling, now.scaling));
  }
  return plan;
}

std::optional<std::vector<std::string>> features_from_state(const SavedShape& saved, const std::vector<std::string>& configured) {
  if (configured.empty() || configured == saved.configured_features) return saved.features;
  std::vector<std::string> chosen;
  for (const auto& name : configured) {
    if (!known(name, saved.features)) return std::nullopt;
    for (const auto& feature : saved.features) {
      if (names(name, feature)) chosen.push_back(feature);
    }
  }
  return chosen;
}

}  // namespace rekindle
