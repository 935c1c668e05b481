// ProcessUsage: what this process takes from the machine, as the usual `process_*` series show it.
#pragma once

#include <optional>

namespace rekindle {

// Nothing where the system does not say.
struct ProcessUsage {
  std::optional<double> resident_bytes;
  std::optional<double> cpu_seconds;  // User and system.
  std::optional<double> open_files;
  std::optional<double> started_seconds;  // Since 1970.
};

// Reads /proc: some tens of microseconds, so once per scrape and not per sample.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace rekindle
