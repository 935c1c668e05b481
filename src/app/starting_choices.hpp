// StartingChoices: what `config init` makes of a survey: the task, the label, the features.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/survey.hpp"
#include "data/schema.hpp"

namespace rekindle {

struct StartingChoices {
  Task task = Task::binary;
  std::string label;
  std::string why_label;  // "by its name", ...
  std::vector<std::string> other_labels;
  std::vector<std::string> features;
  std::vector<std::string> texts;  // Fields of text, not learned from as they are.
  std::string id;
  std::string time;
  bool any_missing = false;        // Among the features.
  std::vector<std::string> notes;  // For people: what was left out, what will be refused.
};

// `label` "": it is guessed. ErrorCode::usage: there is no such field; ErrorCode::data: nothing to predict, or to learn from.
[[nodiscard]] Result<StartingChoices> choose(const Survey& survey, const std::string& label);

}  // namespace rekindle
