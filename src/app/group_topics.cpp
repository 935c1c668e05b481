#include "app/group_topics.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace rekindle {

GroupTopics::GroupTopics(const Configuration& configuration)
    : group(configuration.kafka.group),
      state(configuration.checkpoint.topic),
      control(state + ".control"),
      changes(state + ".changes"),
      journal(state + ".journal"),
      leaders(group + ".leader") {}

std::string GroupTopics::key(std::string_view kind, std::uint64_t number) const { return fmt::format("{}/{}/{}", kind, number, group); }

std::optional<std::string_view> GroupTopics::own(std::string_view key) const {
  if (!key.ends_with(group) || key.size() < group.size() + 2) return std::nullopt;
  auto kind = key.substr(0, key.size() - group.size());
  if (kind.back() != '/') return std::nullopt;
  kind.remove_suffix(1);
  // A group may be named as the end of another's name, after a slash: what is before has at most a kind and a number.
  return std::ranges::count(kind, '/') <= 1 ? std::optional(kind) : std::nullopt;
}

std::string GroupTopics::state_name(std::string_view topic, std::int32_t partition) const {
  return fmt::format("{}[{}]/{}", topic, partition, group);
}

std::string key_of(const cluster::Message& message, const GroupTopics& topics) {
  struct Namer {
    const GroupTopics& topics;
    std::string operator()(const cluster::Publication& one) const { return topics.key("change", one.worker); }
    std::string operator()(const cluster::Evidence& one) const { return topics.key("evidence", one.worker); }
    std::string operator()(const cluster::Vote& one) const { return topics.key("vote", one.worker); }
    std::string operator()(const cluster::Round&) const { return topics.key("round"); }
    std::string operator()(const cluster::Model&) const { return topics.key("model"); }
    std::string operator()(const cluster::Standing&) const { return topics.key("leader"); }
  };
  return std::visit(Namer{topics}, message);
}

std::vector<std::byte> to_bytes(const GroupEnvelope& envelope) {
  ByteWriter out;
  out.put(envelope.layout);
  out.put(envelope.heard);
  out.put_array(cluster::encode(envelope.message));
  return out.take();
}

Result<GroupEnvelope> read_envelope(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  GroupEnvelope envelope;
  in.get_into(envelope.layout);
  in.get_into(envelope.heard);
  const auto framed = in.get_array<std::byte>();
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "a message of the group is cut short");
  auto message = cluster::decode(framed);
  if (!message) return tl::unexpected(message.error());
  envelope.message = *std::move(message);
  return envelope;
}

std::uint64_t layout_of(const std::vector<std::string>& features) {
  ByteWriter out;
  for (const auto& name : features) out.put_string(name);
  return hash64(out.bytes());
}

cluster::WorkerId worker_id(const Configuration& configuration, std::string_view topic, std::int32_t partition) {
  const auto& topics = configuration.kafka.topics;
  const auto at = std::ranges::find(topics, topic) - topics.begin();
  constexpr unsigned bits_of_a_partition = 20;
  return (static_cast<cluster::WorkerId>(at) << bits_of_a_partition) | static_cast<cluster::WorkerId>(partition);
}

cluster::RateScaling scaling_of(const ClusterConfiguration& cluster) {
  if (cluster.scale_lr == "linear") return cluster::RateScaling::linear;
  return cluster.scale_lr == "sqrt" ? cluster::RateScaling::root : cluster::RateScaling::none;
}

}  // namespace rekindle
