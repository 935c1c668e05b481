#include "connectors/kafka/topic_reader.hpp"

#include "connectors/kafka/patience.hpp"

namespace rekindle::kafka {

namespace {

TopicMessage view_of(const rd_kafka_message_t& message) {
  const auto size = message.payload == nullptr ? 0 : message.len;
  return {message.offset,
          {static_cast<const char*>(message.key), message.key == nullptr ? 0 : message.key_len},
          {static_cast<const std::byte*>(message.payload), size}};
}

}  // namespace

Result<bool> read_messages_to_end(const ReadingSettings& settings, const std::string& topic,
                                  const std::function<void(const TopicMessage&)>& take) {
  return read_to_end(settings, topic, [&](const rd_kafka_message_t& message) { take(view_of(message)); });
}

TopicReader::TopicReader(const ReadingSettings& settings, std::string topic)
    : reader_(settings, "read_committed", "earliest"), topic_(std::move(topic)) {
  if (!reader_.usable()) return;
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(reader_.handle(), list.get());
  // Of a topic that grows all the time librdkafka never says that this is its end.
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (rd_kafka_query_watermark_offsets(reader_.handle(), topic_.c_str(), 0, &low, &high, reach_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
    end_ = high;
}

// Where the partition's broker was away when it was asked, that which brings the first records says it, too.
void TopicReader::look_for_the_end() {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error = rd_kafka_get_watermark_offsets(reader_.handle(), topic_.c_str(), 0, &low, &high);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0) end_ = high;
}

void TopicReader::poll(std::chrono::milliseconds patience, const std::function<void(const TopicMessage&)>& take) {
  if (!reader_.usable()) return;
  auto wait = static_cast<int>(patience.count());
  while (const MessageHolder message{rd_kafka_consumer_poll(reader_.handle(), std::exchange(wait, 0))}) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) caught_up_ = true;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;  // About the connection: the error callback has it.
    if (end_ < 0) look_for_the_end();
    if (end_ >= 0 && message->offset + 1 >= end_) caught_up_ = true;
    take(view_of(*message));
  }
}

}  // namespace rekindle::kafka
