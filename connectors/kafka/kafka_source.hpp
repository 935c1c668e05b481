// KafkaSource: records of Kafka topics, read from where the learner's own position says and never by a consumer group's.
#pragma once

#include <memory>

#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/source.hpp"
#include "data/anchor.hpp"

namespace rekindle::kafka {

// All partitions of all topics are assigned, also those added later. `open` connects to nothing: brokers and topics that
// are not there yet are looked for until they come, and `report` says what is missing. `poll` waits for records only.
//
// Kafka's order within a partition is kept, offsets never repeat; between partitions the order is as fetched.
// Offsets that retention took before they were read end in ErrorCode::source_lost, or are skipped and reported, as
// `on_data_loss` says. After a topic was made anew, skipping starts at its beginning: offsets then go back.
//
// `anchors` are of the records before the position: where another record is in the place of one, the topic was made anew, which is
// a loss too.
//
// All calls are for one thread; the source has another of its own for lookups.
[[nodiscard]] std::unique_ptr<SampleSource> make_kafka_source(KafkaSourceSettings settings, Anchors anchors = {});

}  // namespace rekindle::kafka
