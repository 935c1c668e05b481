#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "app/checker.hpp"
#include "app/model_check.hpp"
#include "app/safetensors.hpp"
#include "base/suggest.hpp"
#include "model/initial.hpp"

namespace rekindle {

void Checker::model_kind(const Parameters& p, LearnerSpec& out) {
  auto& model = out.member.model;
  model.seed = out.seed;
  if (p.has("type")) model.kind = p.string("type") == "mlp" ? ModelKind::mlp : ModelKind::linear;
  if (p.has("dropout")) model.dropout = p.real("dropout");
  if (p.has("activation")) {
    const auto& activation = p.string("activation");
    model.activation = activation == "tanh" ? Activation::tanh : (activation == "gelu" ? Activation::gelu : Activation::relu);
  }
  if (model.kind == ModelKind::mlp) return hidden(p, model);
  const bool no_type = sub("model").find("type") != nullptr && !p.written("type");  // It is wrong, and was reported.
  for (const auto* key : {"hidden", "activation", "dropout"}) {
    const bool is_default = model.dropout == 0 && model.activation == Activation::relu && std::string_view(key) != "hidden";
    if (p.written(key) && !is_default && !no_type) error(p.find(key)->place, fmt::format("model.{}", key), "is for type = \"mlp\"");
  }
}

void Checker::precision(const std::string& name, MemberSpec& out) {
  static const std::map<std::string, Precision> precisions = {
      {"float32", Precision::float32}, {"float64", Precision::float64}, {"bfloat16", Precision::bfloat16}, {"float16", Precision::float16}};
  out.precision = precisions.at(name);
  if (out.precision == Precision::bfloat16) out.model.rounding = Rounding::bfloat16;
  if (out.precision == Precision::float16) out.model.rounding = Rounding::float16;
}

void Checker::hidden(const Parameters& p, ModelSpec& out) {
  const auto* given = p.find("hidden");
  if (given == nullptr) {
    out.hidden = {32};
    effective_ << "hidden = [32]\n";
    return;
  }
  const auto& layers = *given->array();
  if (layers.empty() || layers.size() > ModelSpec::most_hidden_layers) {
    error(given->place, "model.hidden", fmt::format("must name 1 to {} layers, got {}", ModelSpec::most_hidden_layers, layers.size()));
  }
  for (const auto& one : layers) {
    const double units = *one.number();
    if (units == std::floor(units)) {
      out.hidden.push_back(static_cast<std::size_t>(units));
    } else {
      error(one.place, "model.hidden", fmt::format("every value must be an integer, got {}", units));
    }
  }
}

void Checker::fits_memory(Configuration& out) {
  const bool sparse = out.learner.sparse_coordinates.has_value();
  if (sparse && out.learner.member.initial)
    error(sub("model").find("initial")->value.place, "model.initial",
          "goes with dense features only: no categories, and json or csv records");
  if (const auto* offset = sub("schema").find("offset"); offset != nullptr && (out.source.format == "vw" || out.source.format == "libsvm"))
    error(offset->value.place, "schema.offset", fmt::format("is no field of {} records", out.source.format));
  // What a learner takes can be told of one that could be made; else the least is counted.
  const auto need = diagnostics_.failed() ? MemoryNeed{8 * sizeof(float), 0} : memory_need(out.learner);
  bound_classes(need, out.learner);
  layers_fit(need, out);
}

// Where the features are known; otherwise the session asks again at the first record.
void Checker::layers_fit(const MemoryNeed& need, const Configuration& out) {
  const auto& model = out.learner.member.model;
  if (model.kind != ModelKind::mlp || model.hidden.empty()) return;
  const auto inputs = out.learner.schema.features.size();
  const auto outputs = std::max<std::size_t>(1, out.learner.schema.classes.size());
  if (const auto problem = too_large(out.learner, need, inputs, outputs); !problem.empty()) {
    const auto* given = sub("model").find("hidden");
    error(given == nullptr ? place_of("model") : given->value.place, "model.hidden", problem);
  }
}

void Checker::initial(const Parameters& p, LearnerSpec& out) {
  const auto* path = p.find("initial");
  const bool shape_is_known = std::ranges::none_of(diagnostics_.all(), [](const Diagnostic& one) {
    return one.severity == Severity::error && (one.key.starts_with("model.") || one.key.starts_with("schema."));
  });
  if (path == nullptr || !shape_is_known) return;
  const auto bad = [&](const std::string& message) { error(path->place, "model.initial", message); };
  const auto file = read_weights_file(*path->string());
  if (!file) return bad(file.error().message);
  auto tensors = decode_safetensors(*file);
  if (!tensors) return bad(fmt::format("{}: {}", *path->string(), tensors.error().message));
  for (const auto& mistake : mistakes_in_initial(*tensors, out.member.model, std::nullopt, known_outputs(out.schema))) {
    bad(fmt::format("{}: {}", *path->string(), mistake));
  }
  const bool as_they_come = out.schema.task == Task::multiclass && out.schema.classes.empty();
  if (as_they_come && std::ranges::any_of(*tensors, [](const auto& one) { return one.name.starts_with("output."); })) {
    bad("has weights of the output layer: schema.classes must say which classes they are for");
  }
  out.member.initial = std::make_shared<const std::vector<NamedTensor>>(*std::move(tensors));
}

namespace {

std::vector<ParameterSpec> layer_keys() {
  return {text("name").required().means("hidden.0, hidden.1, ..., output"),
          real("lr_multiplier", 1).at_least(0).means("factor on the learning rate; 0 freezes"),
          boolean("frozen", false).means("no steps"),
          integer("unfreeze_at", 0).at_least(0).means("update at which a frozen layer thaws; 0: never"),
          real("unfreeze_bump", 1).above(0).at_most(1e6).means("factor on its rate at that moment"),
          integer("unfreeze_bump_updates", 1000).at_least(0).means("updates in which that factor goes to 1"),
          real("weight_decay").at_least(0).means("instead of the optimizer's"),
          of_kind("schedule", ParameterKind::table).means("of its own, as [schedule]")};
}

LayerSpec layer_from(const Parameters& p) {
  LayerSpec layer;
  layer.name = p.string("name");
  layer.lr_multiplier = p.real("lr_multiplier");
  layer.frozen = p.boolean("frozen");
  layer.unfreeze_at = static_cast<std::uint64_t>(p.integer("unfreeze_at"));
  layer.unfreeze_bump = p.real("unfreeze_bump");
  layer.unfreeze_bump_updates = static_cast<std::uint64_t>(p.integer("unfreeze_bump_updates"));
  if (p.has("weight_decay")) layer.weight_decay = p.real("weight_decay");
  return layer;
}

}  // namespace

std::span<const ParameterSpec> model_layer_keys() {
  static const auto keys = layer_keys();
  return keys;
}

void Checker::layers(MemberSpec& out) {
  const auto* given = sub("model").find("layers");
  if (given == nullptr || given->value.array() == nullptr) return;
  const auto names = layer_names(out.model);
  const auto& tables = *given->value.array();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].table() == nullptr) return;  // Reported with the section.
    const auto key = fmt::format("model.layers[{}]", i);
    const auto mistakes_before = diagnostics_.all().size();
    const auto p = check_parameters(model_layer_keys(), *tables[i].table(), key, diagnostics_, tables[i].place);
    if (diagnostics_.all().size() != mistakes_before) continue;
    auto layer = layer_from(p);
    const auto& place = p.find("name")->place;
    if (std::ranges::find(names, layer.name) == names.end()) {
      error(place, key + ".name",
            fmt::format("must be one of {}, got {}{}", fmt::join(names, ", "), quoted(layer.name), did_you_mean(layer.name, names)));
    }
    if (std::ranges::find(out.layers, layer.name, &LayerSpec::name) != out.layers.end()) {
      error(place, key + ".name", fmt::format("{} is there twice", quoted(layer.name)));
    }
    if (layer.unfreeze_at != 0 && !layer.frozen)
      diagnostics_.warn(p.find("unfreeze_at")->place, key + ".unfreeze_at", "is for a frozen layer");
    if (const auto* own = p.find("schedule")) {
      layer.schedule.emplace();
      if (const auto* cooldown = own->table()->find("cooldown"))
        error(cooldown->key_place, key + ".schedule.cooldown", "is for the whole model: it belongs into [schedule]");
      (void)schedule_from(*own->table(), key + ".schedule", own->place,
                          out.optimizer.row == nullptr ? 0.01 : out.optimizer.row->make.default_lr, *layer.schedule);
    }
    out.layers.push_back(std::move(layer));
  }
}

}  // namespace rekindle
