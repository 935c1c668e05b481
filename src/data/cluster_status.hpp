// ClusterStatus: one daemon's part in a group that learns as one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rekindle {

inline constexpr std::array<const char*, 2> incident_scope_names = {"global", "local"};
inline constexpr std::array<const char*, 2> change_fate_names = {"averaged", "dropped"};

struct ClusterTaskStatus {
  std::string topic;
  std::int32_t partition = 0;
  std::uint64_t learned = 0;
  std::uint64_t round = 0;    // That it is in.
  std::uint64_t version = 0;  // Of the model that it adopted last.
  double lr = 0;
};

struct ClusterStatus {
  std::string instance;
  bool leader = false;
  // As heard on the control topic; a leader's own are the same.
  std::uint64_t term = 0;
  std::uint64_t generation = 0;
  std::uint64_t round = 0;
  std::uint64_t version = 0;
  std::uint64_t global_step = 0;
  double lr = 0;
  std::vector<ClusterTaskStatus> tasks;
  // Since this start, of all tasks here.
  std::uint64_t published = 0;
  std::uint64_t adopted = 0;
  std::uint64_t ignored = 0;  // Rounds and models older than what was known.
  // Of this daemon as the leader, since this start; in the orders of the names above.
  std::array<std::uint64_t, 2> incidents{};
  std::array<std::uint64_t, 2> changes{};
  std::uint64_t live_workers = 0;  // 0: it does not lead.
  std::uint64_t elections = 0;     // That it won.
  std::uint64_t aborted = 0;       // Transactions that came after the group had given the partitions away.
};

}  // namespace rekindle
