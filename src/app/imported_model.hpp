// ImportedModel: a model that comes from a file, and what the file tells about the records that it is for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
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
};

// What `export --format json` writes.
[[nodiscard]] Result<ImportedModel> read_json_model(std::string_view text);

// What `export --format safetensors` writes; from others the weights alone.
[[nodiscard]] Result<ImportedModel> read_safetensors_model(std::string_view file);

// What `vw --readable_model` writes, of a linear model with one output.
[[nodiscard]] Result<ImportedModel> read_vw_model(std::string_view text);

}  // namespace rekindle
