// A group's journal, followed: each task learns its records again, hears the leader at the same places, and comes to the same states.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "base/result.hpp"

namespace rekindle {

struct ReplayedTask {
  std::string name;  // topic[partition]
  std::uint64_t samples = 0;
  std::uint64_t stretches = 0;  // Lines of the journal, each with the hash of the state that was committed with it.
  std::uint64_t rounds = 0;     // Heard.
  std::string state_hash;
};

// Journal and control topic are read from the brokers, records from the recording FROM (of `rekindle record`). ErrorCode::data: a
// state that comes out otherwise than was committed, a record or a message that is there no more (compaction takes old ones in time).
[[nodiscard]] Result<std::vector<ReplayedTask>> replay_group(const Configuration& configuration, const std::string& from);

}  // namespace rekindle
