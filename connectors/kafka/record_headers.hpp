// The headers of a Kafka message.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <vector>

#include "connectors/source.hpp"

namespace rekindle::kafka {

// Views into the message, in its order; a null value is empty. None of no message.
[[nodiscard]] std::vector<RecordHeader> headers_of(const rd_kafka_message_t* message);

// The number that the newest header of this name is; 0: there is none.
[[nodiscard]] std::uint64_t number_in(const rd_kafka_message_t& message, const char* name);

}  // namespace rekindle::kafka
