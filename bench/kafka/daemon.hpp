// A `rekindle run` as the benches of this folder start it, and how their figures are printed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::bench {

// What is not in a bare loop is switched off: what is left is polling, decoding, the scores and Adam.
inline constexpr const char* lean =
    "[preprocess]\nscale = \"none\"\n[learner]\nshadow = false\n[drift]\ndetectors = []\npolicy = \"none\"\n";

// Adam at a constant rate over the JSON records of a topic, from its start. `more`: further sections.
[[nodiscard]] std::string configuration(const std::string& brokers, const std::string& topic, const std::string& more);

class Daemon {
 public:
  // In `folder` are its configuration and, where `configuration` says "state", its checkpoints; they stay there.
  Daemon(const std::string& program, const system_test::TemporaryFolder& folder, const std::string& configuration);
  [[nodiscard]] double samples();  // Taken until now; its figures are renewed every 100 ms.
  [[nodiscard]] system_test::Process& process() { return process_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  system_test::Process process_;
  std::uint16_t port_;
};

[[nodiscard]] double median(std::vector<double> values);
// Median, least and largest.
void print(const std::string& what, std::vector<double> values, int digits);

}  // namespace rekindle::bench
