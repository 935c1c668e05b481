// Progress: a bar on standard error, on a terminal only, once something takes longer than a second.
#pragma once

#include <cstdint>
#include <string>

#include "app/clock.hpp"

namespace rekindle {

class Progress {
 public:
  // `total` 0: unknown; then a count is shown instead of a bar.
  Progress(std::string what, std::uint64_t total);
  ~Progress();  // Wipes the line.
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::uint64_t done);

 private:
  std::string what_;
  std::uint64_t total_;
  bool terminal_;
  bool shown_ = false;
  SteadyTime start_ = steady_now();
  SteadyTime last_{};
};

}  // namespace rekindle
