// ImportedModel: a model that comes from a file, and what the file tells about the records that it is for.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "data/hashing.hpp"
#include "data/scaling_statistics.hpp"
#include "model/model.hpp"

namespace rekindle {

// What is empty the file does not tell.
struct ImportedModel {
  std::vector<NamedTensor> tensors;
  std::string task;
  std::vector<std::string> features;     // Dense ones, in the order of the first layer's columns.
  std::vector<std::string> categorical;  // Fields.
  std::vector<std::string> onehot;       // Values by coordinate, such as "country=DE"; their columns follow the features'.
  std::vector<std::string> classes;
  std::string scale;
  ScalingStatistics scaling;
  std::optional<unsigned> hash_bits;  // 2^hash_bits columns follow the features'.
  // Of a model with one output and nothing but hashed columns, instead of the tensor "output.weight": its weights by coordinate, in the
  // order of the file, of which the last counts. Those that it does not name are 0.
  std::optional<std::vector<std::pair<std::uint32_t, double>>> hashed;
};

// What `export --format json` writes, or a linear model's coefficients.
[[nodiscard]] Result<ImportedModel> read_json_model(std::string_view text);

// A linear model's coefficients under the names of scikit-learn's attributes, with or without the underscore at their end: coef_ (a list,
// or a list of them for each class), intercept_, classes_, feature_names_in_; or of River's: weights {feature: weight}, intercept.
// Beside them the scaling, where there is one: mean_, var_, n_samples_seen_ (StandardScaler); means, vars, counts {feature: number}.
[[nodiscard]] bool are_coefficients(const boost::json::object& object);
[[nodiscard]] Result<ImportedModel> read_coefficients(const boost::json::object& object);

// What `export --format safetensors` writes, and `output.model`, of a portfolio its best member; from others the weights alone.
[[nodiscard]] Result<ImportedModel> read_safetensors_model(std::string_view file);

// What `vw --readable_model` writes, of a linear model with one output.
[[nodiscard]] Result<ImportedModel> read_vw_model(std::string_view text);

}  // namespace rekindle
