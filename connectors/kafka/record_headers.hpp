// The headers of a Kafka message.
#pragma once

#include <librdkafka/rdkafka.h>

#include <vector>

#include "connectors/source.hpp"

namespace rekindle::kafka {

// Views into the message, in its order; a null value is empty. None of no message.
[[nodiscard]] std::vector<RecordHeader> headers_of(const rd_kafka_message_t* message);

}  // namespace rekindle::kafka
