#include "connectors/kafka/partition_count.hpp"

#include "connectors/kafka/holders.hpp"

namespace rekindle::kafka {

PartitionCount count_partitions(rd_kafka_t* client, const std::string& topic, std::chrono::milliseconds patience) {
  const TopicHolder handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, /*all_topics=*/0, handle.get(), &metadata, static_cast<int>(patience.count()));
  const MetadataHolder holder(metadata);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return {.unanswered = error};
  if (metadata->topic_cnt != 1) return {.refused = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC};
  return {.refused = metadata->topics[0].err, .partitions = metadata->topics[0].partition_cnt};
}

}  // namespace rekindle::kafka
