// SampleOutput: where generated samples go: a file, standard output or a topic.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

class SampleOutput {
 public:
  virtual ~SampleOutput() = default;
  // One sample, or a header. A line of a file, a record of a topic.
  [[nodiscard]] virtual Status write(std::string_view text) = 0;
  // Lets readers see what is written so far.
  [[nodiscard]] virtual Status flush() = 0;
  // After the last one: returns when all of it has arrived, or a signal asks to stop.
  [[nodiscard]] virtual Status finish() = 0;
};

struct SampleTarget {
  std::string path;     // "-": standard output.
  std::string brokers;  // Not empty: the topic instead.
  std::string topic;
  bool json = false;
  [[nodiscard]] bool is_file() const { return brokers.empty() && path != "-"; }
  [[nodiscard]] std::string name() const;  // For messages.
};

// "data.csv", "data.jsonl", "-" or "kafka://BROKERS/TOPIC"; `format` "csv", "json", or "": by the name.
[[nodiscard]] Result<SampleTarget> parse_sample_target(const std::string& to, const std::string& format);

[[nodiscard]] Result<std::unique_ptr<SampleOutput>> open_sample_output(const SampleTarget& target);

// Writes a whole file, or says why not.
[[nodiscard]] Status write_file(const std::string& path, std::string_view text);

}  // namespace rekindle
