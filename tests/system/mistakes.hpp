// The table of mistakes: each has its exit code and one clear line, and nothing that looks like a crash.
#pragma once

#include <string>
#include <vector>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {

// A binary learner of JSON records with the label y.
[[nodiscard]] std::string configuration_of(const std::string& brokers, const std::string& topic);

struct Mistake {
  Arguments arguments;
  int code;
  std::string line;                                                        // In what is said.
  std::string configuration = configuration_of("localhost:1", "samples");  // rekindle.toml
  std::string samples = "{\"x\":1,\"y\":0}\n{\"x\":2,\"y\":1}\n";          // samples.jsonl
};

// Runs it in a folder of its own, where the files are.
[[nodiscard]] Outcome make(const Mistake& mistake);

void expect_all(const std::vector<Mistake>& table);

}  // namespace rekindle::system_test
