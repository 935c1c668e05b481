#include "connectors/kafka/topic_creation.hpp"

#include <array>
#include <thread>

namespace rekindle::kafka {

namespace {
constexpr std::chrono::milliseconds look_again{10};
}

Properties compacted_topic_config() {
  return {{"cleanup.policy", "compact"}, {"segment.bytes", "67108864"}, {"min.cleanable.dirty.ratio", "0.1"}};
}

Properties dead_letter_topic_config() { return {{"max.message.bytes", "104857600"}}; }

TopicCreation::TopicCreation(rd_kafka_t* client, const std::string& topic, int partitions, const Properties& config,
                             std::chrono::milliseconds patience)
    : answers_(rd_kafka_queue_new(client)) {
  std::array<char, 256> reason{};
  constexpr int default_of_the_broker = -1;
  const NewTopicHolder wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, default_of_the_broker, reason.data(), reason.size()));
  for (const auto& [name, value] : config) rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  const AdminOptionsHolder options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(patience.count()), reason.data(), reason.size());
  std::array<rd_kafka_NewTopic_t*, 1> topics = {wanted.get()};
  if (wanted) rd_kafka_CreateTopics(client, topics.data(), topics.size(), options.get(), answers_.get());
}

std::optional<std::string> TopicCreation::answer() {
  const EventHolder event(rd_kafka_queue_poll(answers_.get(), /*timeout_ms=*/0));
  if (!event) return std::nullopt;
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_event_error_string(event.get());
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  if (result == nullptr) return std::nullopt;
  std::size_t count = 0;
  const auto** topics = rd_kafka_CreateTopics_result_topics(result, &count);
  if (count == 0) return "";
  const auto error = rd_kafka_topic_result_error(topics[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return "";
  const char* text = rd_kafka_topic_result_error_string(topics[0]);
  return text == nullptr ? rd_kafka_err2str(error) : text;
}

void TopicCreations::ask(Client& client, const std::string& topic, int partitions, const Properties& config,
                         std::chrono::milliseconds patience) {
  under_way_.emplace_back(topic, TopicCreation(client.handle(), topic, partitions, config, patience));
}

void TopicCreations::read_answers(Client& client, std::string_view kind) {
  std::erase_if(under_way_, [&](auto& one) {
    const auto answer = one.second.answer();
    if (answer && !answer->empty()) client.log(/*level=*/4, kind, fmt::format("topic \"{}\" not created: {}", one.first, *answer));
    return answer.has_value();
  });
}

void TopicCreations::settle(Client& client, std::string_view kind, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(look_again);
    read_answers(client, kind);
  }
  clear();
}

Status reach(Client& client, std::chrono::milliseconds patience) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client.handle(), /*all_topics=*/0, nullptr, &metadata, static_cast<int>(patience.count()));
  const MetadataHolder holder(metadata);
  rd_kafka_poll(client.handle(), 0);  // Errors of the connection.
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    client.health().reached();
    return {};
  }
  const auto problem = client.health().problem();
  return fail(ErrorCode::unavailable, "{}", problem.empty() ? rd_kafka_err2str(error) : problem);
}

}  // namespace rekindle::kafka
