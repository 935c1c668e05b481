// Owners for the objects of librdkafka's C API: each is destroyed by its own function when the holder goes.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace rekindle::kafka {

template <auto destroy>
struct DestroyBy {
  template <class T>
  void operator()(T* object) const noexcept {
    destroy(object);
  }
};

// A consumer is closed before, in bounded time; destroying it must not wait for that again.
inline void destroy_client(rd_kafka_t* client) noexcept { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }

using ClientHolder = std::unique_ptr<rd_kafka_t, DestroyBy<destroy_client>>;
using ConfHolder = std::unique_ptr<rd_kafka_conf_t, DestroyBy<rd_kafka_conf_destroy>>;
using TopicHolder = std::unique_ptr<rd_kafka_topic_t, DestroyBy<rd_kafka_topic_destroy>>;
using MessageHolder = std::unique_ptr<rd_kafka_message_t, DestroyBy<rd_kafka_message_destroy>>;
using HeadersHolder = std::unique_ptr<rd_kafka_headers_t, DestroyBy<rd_kafka_headers_destroy>>;
using PartitionListHolder = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyBy<rd_kafka_topic_partition_list_destroy>>;
using MetadataHolder = std::unique_ptr<const rd_kafka_metadata_t, DestroyBy<rd_kafka_metadata_destroy>>;
using QueueHolder = std::unique_ptr<rd_kafka_queue_t, DestroyBy<rd_kafka_queue_destroy>>;
using EventHolder = std::unique_ptr<rd_kafka_event_t, DestroyBy<rd_kafka_event_destroy>>;
using ErrorHolder = std::unique_ptr<rd_kafka_error_t, DestroyBy<rd_kafka_error_destroy>>;
using NewTopicHolder = std::unique_ptr<rd_kafka_NewTopic_t, DestroyBy<rd_kafka_NewTopic_destroy>>;
using AdminOptionsHolder = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyBy<rd_kafka_AdminOptions_destroy>>;
using GroupMetadataHolder = std::unique_ptr<rd_kafka_consumer_group_metadata_t, DestroyBy<rd_kafka_consumer_group_metadata_destroy>>;

}  // namespace rekindle::kafka
