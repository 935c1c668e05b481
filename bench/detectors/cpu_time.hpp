// CPU time of this process: what else the machine does is not in it.
#pragma once

#include <ctime>

namespace rekindle::bench {

[[nodiscard]] inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace rekindle::bench
