#include "connectors/kafka/anchor_check.hpp"

#include <algorithm>
#include <utility>

namespace rekindle::kafka {

namespace {

std::uint64_t checksum_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type{};
  const auto time = std::max<std::int64_t>(rd_kafka_message_timestamp(&message, &type), 0);
  return anchor_checksum({static_cast<const char*>(message.payload), message.payload == nullptr ? 0 : message.len}, time);
}

}  // namespace

std::optional<std::set<std::int32_t>> changed_partitions(const KafkaSettings& settings, const std::string& topic,
                                                         const std::vector<Anchor>& anchors, std::chrono::milliseconds patience) {
  std::set<std::int32_t> changed;
  if (anchors.empty()) return changed;
  ClientOptions options;
  options.fixed = {{"group.id", "rekindle-anchors"}, {"enable.auto.commit", "false"},       {"auto.offset.reset", "error"},
                   {"enable.partition.eof", "true"}, {"isolation.level", "read_committed"}, {"allow.auto.create.topics", "false"},
                   {"queued.min.messages", "1"}};
  auto client = Client::make(settings, std::move(options));
  if (!client) return changed;  // The source says so.
  rd_kafka_poll_set_consumer((*client)->handle());
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(anchors.size())));
  std::set<std::int32_t> open;
  for (const auto& one : anchors) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), one.partition)->offset = one.offset;
    open.insert(one.partition);
  }
  rd_kafka_assign((*client)->handle(), list.get());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!open.empty() && std::chrono::steady_clock::now() < deadline) {
    const MessageHolder message(rd_kafka_consumer_poll((*client)->handle(), 50));
    if (!message || message->rkt == nullptr || !open.contains(message->partition)) continue;
    const auto anchor = std::ranges::find(anchors, message->partition, &Anchor::partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset == anchor->offset && checksum_of(*message) != anchor->checksum)
      changed.insert(message->partition);
    open.erase(message->partition);
  }
  const bool closed = close_consumer((*client)->handle(), std::chrono::seconds(2));
  Client::end(*std::move(client), closed);
  if (!open.empty()) return std::nullopt;
  return changed;
}

}  // namespace rekindle::kafka
