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
  std::vector<std::string> categorical;  // Fields of text whose values come again.
  bool hashed = false;                   // Their values are too many for a coordinate each.
  unsigned hash_bits = 18;               // Of hashed features.
  std::vector<std::string> texts;        // Fields of text that are not learned from.
  std::string id;
  std::string time;
  std::vector<std::string> missing;  // Features and categories that some records do not have.
  std::vector<std::string> notes;    // For people: what was left out, what will be refused.
};

// 2^bits hold `coordinates`: the default, or more where they want it, or less where many classes have weights of their own.
[[nodiscard]] unsigned choose_hash_bits(std::uint64_t coordinates, std::size_t classes);

// `label` "": it is guessed. ErrorCode::usage: there is no such field; ErrorCode::data: nothing to predict, or to learn from.
[[nodiscard]] Result<StartingChoices> choose(const Survey& survey, const std::string& label);

}  // namespace rekindle
