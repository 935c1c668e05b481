#include "app/model_description.hpp"

#include "data/scaling_statistics.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

// As the columns of the first layer's weights: the dense features, then the one-hot values. Hashed ones have no names.
json::array feature_names(const Learner& learner) {
  auto names = array_of(learner.features());
  for (const auto& name : learner.categories().names()) names.emplace_back(name);
  return names;
}

}  // namespace

json::object schema_json(const Learner& learner) {
  const auto& schema = learner.spec().schema;
  json::object out = {{"task", to_string(schema.task)},
                      {"label", schema.label},
                      {"features", feature_names(learner)},
                      {"categorical", array_of(schema.categorical)},
                      {"classes", array_of(learner.classes())}};
  if (!schema.offset.empty()) out["offset"] = schema.offset;
  return out;
}

json::object preprocess_json(const Learner& learner) {
  const auto& scaler = learner.scaler();
  json::object out = {{"scale", to_string(scaler.kind())}};
  if (!scaler.means().empty()) {
    out["count"] = array_of(statistics_of(scaler).count);
    out["mean"] = array_of(scaler.means());
    out["variance"] = array_of(scaler.variances());
  }
  if (scaler.kind() == ScaleKind::minmax) {
    out["min"] = array_of(scaler.lows());
    out["max"] = array_of(scaler.highs());
  }
  const auto& spec = learner.spec();
  if (!spec.schema.categorical.empty()) out["encode"] = to_string(spec.categories.encoding);
  const bool hashed = spec.sparse_coordinates && *spec.sparse_coordinates != 0;
  if (hashed) out["hash_bits"] = spec.categories.hash_bits;
  return out;
}

}  // namespace rekindle
