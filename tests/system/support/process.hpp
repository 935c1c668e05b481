// Process: a program started by a test, with its output in files and no way to outlive the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::system_test {

struct ProcessOptions {
  std::map<std::string, std::string> environment;  // Added to ours.
  std::filesystem::path folder;                    // To start in; ours where empty.
  std::string input;                               // On standard input, which then ends.
};

struct ExitStatus {
  int code = -1;                // -1 when a signal ended it.
  int signal = 0;               // 0 when it ended by itself.
  std::int64_t peak_bytes = 0;  // The most resident memory that it ever had.
};

// Throws std::runtime_error where the system refuses; a program that cannot be run exits with code 127.
class Process {
 public:
  explicit Process(std::vector<std::string> command, ProcessOptions options = {});
  ~Process();  // kill -9, unless it has ended.
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] bool running() { return !poll(); }
  void send(int signal) const;
  // Nothing when it still runs after that time.
  std::optional<ExitStatus> wait(std::chrono::milliseconds patience = std::chrono::seconds(60));
  // Sends the signal and waits; throws when that does not end it.
  ExitStatus end(int signal = SIGTERM, std::chrono::milliseconds patience = std::chrono::seconds(30));

  // What it has written until now.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  std::optional<ExitStatus> poll();

  TemporaryFolder files_;
  pid_t id_ = -1;
  std::optional<ExitStatus> ended_;
};

// Runs to the end; throws when that takes longer than the patience.
struct Outcome {
  ExitStatus status;
  std::string out;
  std::string err;
};
[[nodiscard]] Outcome run(std::vector<std::string> command, ProcessOptions options = {},
                          std::chrono::milliseconds patience = std::chrono::minutes(10));

}  // namespace rekindle::system_test
