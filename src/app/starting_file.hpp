// The configuration that `config init` writes: complete, commented, and working for the records it was made from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/starting_choices.hpp"

namespace rekindle {

// Where the records came from.
struct StartingSource {
  std::string path;  // A file; "" for a topic.
  std::string topic;
  std::string brokers;
  std::vector<std::pair<std::string, std::string>> properties;  // librdkafka's own keys.
  std::vector<std::pair<std::string, std::string>> secrets;     // Key and the file with its value.
  bool all_records = false;                                     // All there are were looked at.
};

// `all_numeric`: without a list of features the decoder would take the same ones.
[[nodiscard]] std::string starting_file(const StartingSource& source, const Survey& survey, const StartingChoices& choices,
                                        bool all_numeric);

}  // namespace rekindle
