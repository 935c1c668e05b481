#include "connectors/kafka/state_topic.hpp"

#include <algorithm>
#include <array>

#include "connectors/kafka/partition_count.hpp"
#include "connectors/kafka/partition_reading.hpp"
#include "connectors/kafka/patience.hpp"
#include "connectors/kafka/topic_creation.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

ReadingSettings reading(const StateTopicSettings& settings) {
  return {settings.kafka, settings.group, settings.ends_at_last_stable_offset_for_test};
}

}  // namespace

Status StateTopic::connect() {
  if (producer_) return {};
  auto made = TransactionalProducer::make(settings_.kafka, "rekindle." + settings_.group);
  if (!made) return tl::unexpected(made.error());
  const std::scoped_lock lock(mutex_);
  producer_ = *std::move(made);
  return {};
}

Status StateTopic::create_topics() {
  auto& client = producer_->client();
  if (auto status = reach(client, reach_patience); !status) return status;
  if (created_) return {};
  TopicCreations creations;
  creations.ask(client, settings_.topic, 1, compacted_topic_config(), create_patience);
  if (!settings_.model_topic.empty()) creations.ask(client, settings_.model_topic, 1, compacted_topic_config(), create_patience);
  for (const auto& topic : settings_.output_topics) creations.ask(client, topic, partitions_by_the_broker, {}, create_patience);
  if (!settings_.dead_letter_topic.empty())
    creations.ask(client, settings_.dead_letter_topic, 1, dead_letter_topic_config(), create_patience);
  creations.settle(client, "TOPIC", create_patience);
  producer_->look_up(settings_.topic, 1s);
  for (const auto& topic : settings_.output_topics) producer_->look_up(topic, 1s);
  for (const auto& topic : {settings_.dead_letter_topic, settings_.model_topic}) {
    if (!topic.empty()) producer_->look_up(topic, 1s);
  }
  created_ = true;
  return {};
}

Result<std::optional<StoredState>> StateTopic::read() {
  if (auto status = connect(); !status) return tl::unexpected(status.error());
  if (auto status = create_topics(); !status) return tl::unexpected(status.error());
  // Before reading: nobody else adds a state afterwards, and an open transaction of the daemon before us ends now. Once is enough: when
  // the topic could not be read then, this producer is still the one that fences.
  if (begun_) return newest();
  if (auto status = producer_->begin(begin_patience); !status) {
    const std::scoped_lock lock(mutex_);
    if (status.error().code != ErrorCode::unavailable) {  // It can do no more; the next try makes another.
      producer_.reset();
      created_ = false;
    }
    return fail(ErrorCode::unavailable, "{}", status.error().message);
  }
  begun_ = true;
  return newest();
}

Result<std::optional<StoredState>> StateTopic::look() { return newest(); }

Result<std::optional<StoredState>> StateTopic::newest() {
  records_ = StateRecords(settings_.topic, settings_.group);
  const auto there = read_to_end(reading(settings_), settings_.topic, [&](const auto& message) { records_.take(message); });
  if (!there) return tl::unexpected(there.error());
  if (!*there) {
    // A reader has to have it; one who has just made it asks again.
    if (!producer_) return fail(ErrorCode::data, "there is no topic \"{}\"", settings_.topic);
    return fail(ErrorCode::unavailable, "topic \"{}\" is not there yet", settings_.topic);
  }
  auto state = records_.whole();
  if (!state) return fail(state.error().code, "topic \"{}\", group \"{}\": {}", settings_.topic, settings_.group, state.error().message);
  return state;
}

Result<Position> StateTopic::committed() {
  const Reader reader(reading(settings_), "read_committed");
  if (!reader.usable()) return fail(ErrorCode::internal, "no reader of offsets");
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(8));
  for (const auto& topic : settings_.source_topics) {
    const auto count = count_partitions(reader.handle(), topic, std::chrono::milliseconds(reach_ms));
    if (count.unanswered != RD_KAFKA_RESP_ERR_NO_ERROR)
      return fail(ErrorCode::unavailable, "topic \"{}\": {}", topic, reader.problem(count.unanswered));
    for (int i = 0; i < count.partitions; ++i) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i);
  }
  Position position;
  if (list->cnt == 0) return position;
  const auto error = rd_kafka_committed(reader.handle(), list.get(), reach_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fail(ErrorCode::unavailable, "offsets of group \"{}\": {}", settings_.group, reader.problem(error));
  for (int i = 0; i < list->cnt; ++i) {
    const auto& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return fail(ErrorCode::unavailable, "offsets of group \"{}\": {}", settings_.group, rd_kafka_err2str(one.err));
    if (one.offset >= 0) position.set(one.topic, one.partition, one.offset);
  }
  return position;
}

Status StateTopic::publish(std::uint64_t sequence, std::span<const std::byte> state, const Position& position, const OutputBatch& outputs) {
  OutputBatch pieces;
  records_.add_to(pieces, sequence, state);
  const std::array<const OutputBatch*, 2> parts = {&outputs, &pieces};
  return producer_->publish(parts, settings_.group, position);
}

void StateTopic::hurry(std::chrono::milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  if (producer_) producer_->hurry(patience);
}

std::string StateTopic::problem() const {
  const std::scoped_lock lock(mutex_);
  return producer_ ? producer_->problem() : "";
}

}  // namespace rekindle::kafka
