#include "connectors/kafka/group_states.hpp"

#include <algorithm>
#include <array>

#include "connectors/kafka/partition_reading.hpp"
#include "connectors/kafka/patience.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

// A member that vanishes in the middle holds up whoever gets its partitions for so long.
constexpr auto transaction_timeout = 10s;

}  // namespace

void GroupStates::create_topics() {
  auto& client = producer_->client();
  TopicCreations creations;
  auto compacted = settings_.compacted_topics;
  compacted.push_back(settings_.topic);
  // A model is one message, however large.
  auto config = compacted_topic_config();
  config.emplace_back("max.message.bytes", "104857600");
  for (const auto& topic : compacted) creations.ask(client, topic, 1, config, create_patience);
  for (const auto& topic : settings_.log_topics) creations.ask(client, topic, 1, {}, create_patience);
  for (const auto& topic : settings_.output_topics) creations.ask(client, topic, partitions_by_the_broker, {}, create_patience);
  const auto& letters = settings_.dead_letter_topic;
  if (!letters.empty()) creations.ask(client, letters, 1, dead_letter_topic_config(), create_patience);
  creations.settle(client, "TOPIC", create_patience);
  for (const auto* topics : {&std::as_const(compacted), &settings_.log_topics, &settings_.output_topics})
    for (const auto& topic : *topics) producer_->look_up(topic, 1s);
  if (!letters.empty()) producer_->look_up(letters, 1s);
}

Status GroupStates::begin() {
  if (!producer_) {
    auto made = TransactionalProducer::make(settings_.kafka, "rekindle." + settings_.group + "." + settings_.instance, transaction_timeout);
    if (!made) return tl::unexpected(made.error());
    const std::scoped_lock lock(mutex_);
    producer_ = *std::move(made);
  }
  if (auto status = reach(producer_->client(), reach_patience); !status) return status;
  if (!std::exchange(created_, true)) create_topics();
  const auto status = producer_->begin(begin_patience);
  if (status || status.error().code == ErrorCode::unavailable) return status;
  const std::scoped_lock lock(mutex_);  // It can do no more; the next try makes another.
  producer_.reset();
  created_ = false;
  return fail(ErrorCode::unavailable, "{}", status.error().message);
}

Result<std::map<std::string, std::optional<StoredState>>> GroupStates::read(const std::vector<std::string>& names) {
  for (const auto& name : names) entries_.insert_or_assign(name, Entry{StateRecords(settings_.topic, name), 0});
  const ReadingSettings reading{settings_.kafka, settings_.group};
  const auto there = read_to_end(reading, settings_.topic, [&](const rd_kafka_message_t& message) {
    for (const auto& name : names) entries_.at(name).records.take(message);
  });
  if (!there) return tl::unexpected(there.error());
  if (!*there) return fail(ErrorCode::unavailable, "topic \"{}\" is not there yet", settings_.topic);
  std::map<std::string, std::optional<StoredState>> states;
  for (const auto& name : names) {
    auto& entry = entries_.at(name);
    auto state = entry.records.whole();
    if (!state) return fail(state.error().code, "topic \"{}\", {}: {}", settings_.topic, name, state.error().message);
    entry.sequence = *state ? (*state)->sequence : 0;
    states[name] = *std::move(state);
  }
  return states;
}

Result<bool> GroupStates::commit(const OutputBatch& outputs, const std::vector<State>& states,
                                 const rd_kafka_consumer_group_metadata_t& member, const Position& offsets) {
  OutputBatch records;
  for (const auto& [name, bytes] : states) {
    auto& entry = entries_.at(name);
    entry.records.add_to(records, ++entry.sequence, bytes);
  }
  const std::array<const OutputBatch*, 2> parts = {&outputs, &records};
  return producer_->publish(parts, member, offsets);
}

Result<std::map<std::string, StoredState>> look_at_group_states(const KafkaSettings& kafka, const std::string& topic,
                                                                const std::string& group) {
  std::map<std::string, StateRecords> records;
  const auto there = read_to_end(ReadingSettings{kafka, group}, topic, [&](const rd_kafka_message_t& message) {
    const std::string_view key(static_cast<const char*>(message.key), message.key_len);
    if (!key.starts_with("state/") && !key.starts_with("piece/")) return;
    const auto at = key.starts_with("state/") ? key.find('/') : key.find('/', key.find('/') + 1);
    const std::string name(key.substr(std::min(key.size(), at + 1)));
    if (name.ends_with("]/" + group)) records.try_emplace(name, topic, name).first->second.take(message);
  });
  if (!there) return tl::unexpected(there.error());
  if (!*there) return fail(ErrorCode::data, "there is no topic \"{}\"", topic);
  std::map<std::string, StoredState> states;
  for (auto& [name, one] : records) {
    auto state = one.whole();
    if (!state) return fail(state.error().code, "topic \"{}\", {}: {}", topic, name, state.error().message);
    if (*state) states[name] = **std::move(state);
  }
  return states;
}

void GroupStates::hurry(std::chrono::milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  if (producer_) producer_->hurry(patience);
}

std::string GroupStates::problem() const {
  const std::scoped_lock lock(mutex_);
  return producer_ ? producer_->problem() : "";
}

}  // namespace rekindle::kafka
