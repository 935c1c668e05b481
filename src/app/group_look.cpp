#include "app/group_look.hpp"

#include <algorithm>
#include <cstdlib>

#include "app/group_topics.hpp"
#include "connectors/kafka/group_states.hpp"
#include "connectors/kafka/topic_reader.hpp"

namespace rekindle {

namespace {

Status look_at_leader(const Configuration& configuration, const GroupTopics& topics, GroupLook& out) {
  const kafka::ReadingSettings reading{configuration.kafka.kafka, topics.group};
  const auto there = kafka::read_messages_to_end(reading, topics.control, [&](const kafka::TopicMessage& message) {
    const auto kind = topics.own(message.key);
    if (!kind || (*kind != "round" && *kind != "model")) return;
    auto envelope = read_envelope(message.value);
    if (!envelope) return;
    if (auto* round = std::get_if<cluster::Round>(&envelope->message)) out.round = std::move(*round);
    if (auto* model = std::get_if<cluster::Model>(&envelope->message)) out.model = std::move(*model);
  });
  return there ? Status() : tl::unexpected(there.error());
}

std::uint64_t samples_of(const LoadedCheckpoint& loaded) {
  const auto found = loaded.checkpoint.summary.find("samples");
  return found == loaded.checkpoint.summary.end() ? 0 : std::strtoull(found->second.c_str(), nullptr, 10);
}

}  // namespace

Result<GroupLook> look_at_group(const Configuration& configuration) {
  const GroupTopics topics(configuration);
  const auto states = kafka::look_at_group_states(configuration.kafka.kafka, topics.state, topics.group);
  if (!states) return tl::unexpected(states.error());
  GroupLook look;
  for (const auto& [name, state] : *states) {
    auto checkpoint = decode_checkpoint(state.bytes);
    if (!checkpoint) return fail(ErrorCode::data, "topic \"{}\", {}: {}", topics.state, name, checkpoint.error().message);
    look.tasks.push_back({*std::move(checkpoint), "topic " + topics.state + ", " + name, {}});
  }
  if (look.tasks.empty()) return fail(ErrorCode::data, "topic \"{}\" has no state of group \"{}\"", topics.state, topics.group);
  if (auto status = look_at_leader(configuration, topics, look); !status) return tl::unexpected(status.error());
  return look;
}

LoadedCheckpoint& most_learned(GroupLook& look) { return *std::ranges::max_element(look.tasks, {}, samples_of); }

Status adopt_model(const GroupLook& look, Learner& learner) {
  if (!look.model || learner.adopt(look.model->state)) return {};
  return fail(ErrorCode::data, "the group's model is of other features than its task's state");
}

}  // namespace rekindle
