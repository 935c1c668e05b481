// Predictor: answers predictions from an immutable copy of the model, beside the learner at work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/prediction.hpp"

namespace rekindle {

// A prediction with the model version (the number of samples learned) that made it.
struct ServedPrediction {
  Prediction prediction;
  std::string class_name;  // "" for regression.
  std::uint64_t model_version = 0;
  std::shared_ptr<const std::vector<std::string>> classes;  // The names of the probabilities, that model's; null for regression.
};

// How much of an input there is in the first layer.
struct InputWeight {
  std::string feature;
  double norm = 0;              // Over all outputs.
  std::vector<double> weights;  // Of each output; empty where those are many.
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  // `body` is one record in JSON by the schema, label not needed. ErrorCode::data when it cannot be decoded,
  // ErrorCode::unavailable before there is a model. Thread-safe.
  [[nodiscard]] virtual Result<ServedPrediction> predict(std::string_view json) const = 0;
  // The strongest named inputs, the strongest first; nothing where the model is too large to look at all of it. Thread-safe.
  [[nodiscard]] virtual std::vector<InputWeight> strongest() const { return {}; }
};

}  // namespace rekindle
