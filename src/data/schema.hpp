// Schema: which fields of a record are features, label, weight, id and time, and what the learner is asked to predict.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
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
  std::vector<std::string> categorical;  // Fields whose text counts, not a number.
  std::string offset;
  MissingPolicy missing = MissingPolicy::reject;
  std::map<std::string, MissingPolicy, std::less<>> missing_of;  // By field, where it is not `missing`.

  // Of a feature or a categorical field; x[0] is looked up as itself, then as x.
  [[nodiscard]] MissingPolicy missing_policy(std::string_view field) const;
  // Some feature is replaced by its mean.
  [[nodiscard]] bool needs_means() const;
  [[nodiscard]] bool is_classification() const { return task != Task::regression; }
};

[[nodiscard]] std::string to_string(Task task);
[[nodiscard]] std::string to_string(MissingPolicy policy);

}  // namespace rekindle
