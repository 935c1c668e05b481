// The topics of a group that learns as one, and how the protocol's messages are put on them.
//
// All have one partition, and may be shared by several groups: every key ends with the group.
//   CHECKPOINT.control   what the leader says: key model/GROUP, round/GROUP, leader/GROUP, pause/GROUP, incident/N/GROUP
//   CHECKPOINT.changes   what the tasks say: change/K/GROUP, evidence/K/GROUP, vote/K/GROUP, birth/K/GROUP; and command/GROUP
//   CHECKPOINT.journal   a line of JSON for every committed stretch of a task
// The first two are compacted: the newest of each key is all that whoever was away needs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.hpp"
#include "cluster/leader.hpp"
#include "cluster/messages.hpp"

namespace rekindle {

struct GroupTopics {
  explicit GroupTopics(const Configuration& configuration);
  std::string group;
  std::string state;
  std::string control;
  std::string changes;
  std::string journal;
  std::string leaders;  // The consumer group whose one partition makes the leader.

  [[nodiscard]] std::string key(std::string_view kind) const { return std::string(kind) + "/" + group; }
  [[nodiscard]] std::string key(std::string_view kind, std::uint64_t number) const;
  // What is before the group, where the key is this group's: "change/3".
  [[nodiscard]] std::optional<std::string_view> own(std::string_view key) const;
  [[nodiscard]] std::string state_name(std::string_view topic, std::int32_t partition) const;
};

// "change/3" for a worker's message, "round" for a leader's.
[[nodiscard]] std::string key_of(const cluster::Message& message, const GroupTopics& topics);

// A message on a topic.
struct GroupEnvelope {
  std::uint64_t layout = 0;  // Of the learner's features: weights of others cannot be averaged.
  std::int64_t heard = -1;   // A leader's: up to which offset of the changes it had heard.
  cluster::Message message;
};
[[nodiscard]] std::vector<std::byte> to_bytes(const GroupEnvelope& envelope);
// ErrorCode::data: not one of ours, or damaged.
[[nodiscard]] Result<GroupEnvelope> read_envelope(std::span<const std::byte> bytes);

[[nodiscard]] std::uint64_t layout_of(const std::vector<std::string>& features);
[[nodiscard]] cluster::WorkerId worker_id(const Configuration& configuration, std::string_view topic, std::int32_t partition);
[[nodiscard]] cluster::RateScaling scaling_of(const ClusterConfiguration& cluster);

}  // namespace rekindle
