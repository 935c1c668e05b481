// Schema: which fields of a record are features, label, weight, id and time, and what the learner is asked to predict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rekindle {

enum class Task : std::uint8_t { regression, binary, multiclass };
enum class MissingPolicy : std::uint8_t { reject, zero, mean };

struct Schema {
  Task task = Task::binary;
  std::string label;
  std::vector<std::string> features;  // Empty: every numeric field of the first record that is not named otherwise.
  std::vector<std::string> classes;   // Empty: as they come.
  std::size_t max_classes = 1000;
  std::string weight;  // "" = none, as below.
  std::string id;
  std::string time;
  std::string incumbent;
  MissingPolicy missing = MissingPolicy::reject;

  [[nodiscard]] bool is_classification() const { return task != Task::regression; }
};

[[nodiscard]] std::string to_string(Task task);
[[nodiscard]] std::string to_string(MissingPolicy policy);

}  // namespace rekindle
