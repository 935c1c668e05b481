// Shim: a daemon whose files fail as a test says; shim.c has the other end.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {

enum class DiskFault { any, io_error, disk_full, short_write, read_only };

class Shim {
 public:
  // Files in `folder` fail; its own are in `place`.
  Shim(const std::filesystem::path& place, const std::filesystem::path& folder, unsigned seed)
      : control_(place / "shim.control"), count_(place / "shim.count"), trace_(place / "shim.trace") {
    options_.environment = {{"LD_PRELOAD", REKINDLE_SHIM},   {"SHIM_FOLDER", folder.string()}, {"SHIM_CONTROL", control_.string()},
                            {"SHIM_COUNT", count_.string()}, {"SHIM_TRACE", trace_.string()},  {"SHIM_SEED", std::to_string(seed)}};
    nothing();
  }
  [[nodiscard]] const ProcessOptions& options() const { return options_; }
  void fail(int per_thousand, DiskFault kind = DiskFault::any) const { set(per_thousand, static_cast<int>(kind), 0, false); }
  // The next daemon is killed at its `operation`-th operation.
  void kill_at(int operation, bool after) const { set(0, 0, operation, after); }
  void nothing() const { set(0, 0, 0, false); }
  // Of all daemons so far.
  [[nodiscard]] int faults() const { return static_cast<int>(lines_of(count_).size()); }
  // "NAME PATH" of each operation that was done.
  [[nodiscard]] std::vector<std::string> operations() const { return lines_of(trace_); }

 private:
  // In one piece, so that the daemon never reads half of it.
  void set(int per_thousand, int kind, int kill_at, bool after) const {
    const auto beside = control_.string() + ".new";
    std::ofstream(beside) << per_thousand << ' ' << kind << ' ' << kill_at << ' ' << (after ? 1 : 0) << '\n';
    std::filesystem::rename(beside, control_);
  }
  static std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  std::filesystem::path control_;
  std::filesystem::path count_;
  std::filesystem::path trace_;
  ProcessOptions options_;
};

}  // namespace rekindle::system_test
