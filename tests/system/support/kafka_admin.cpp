#include "tests/system/support/kafka_admin.hpp"

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/topic_creation.hpp"
#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test::admin {

namespace {

using namespace std::chrono_literals;
using kafka::Client;
using kafka::DestroyBy;
using kafka::EventHolder;
using kafka::PartitionListHolder;
using kafka::QueueHolder;

constexpr int patience_ms = 20'000;

std::unique_ptr<Client> connect(const std::string& brokers, const std::string& group = "", const char* isolation = "read_committed") {
  kafka::ClientOptions options;
  options.type = group.empty() ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  if (!group.empty()) options.fixed = {{"group.id", group}, {"isolation.level", isolation}};
  auto client = Client::make({brokers, {}, {}}, options);
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

void check(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(what + ": " + rd_kafka_err2str(error));
}

// Sends the request, waits for its event and returns that.
EventHolder answer(rd_kafka_t* client, const std::string& what, const std::function<void(rd_kafka_queue_t*)>& request) {
  const QueueHolder queue(rd_kafka_queue_new(client));
  request(queue.get());
  EventHolder event(rd_kafka_queue_poll(queue.get(), patience_ms));
  if (!event) throw std::runtime_error(what + ": no answer");
  check(rd_kafka_event_error(event.get()), what);
  return event;
}

void check_topics(const rd_kafka_topic_result_t** results, std::size_t count, const std::string& what) {
  for (std::size_t i = 0; i < count; ++i) check(rd_kafka_topic_result_error(results[i]), what);
}

}  // namespace

void create_topic(const std::string& brokers, const std::string& topic, int partitions, const Config& config) {
  const auto client = connect(brokers);
  std::string problem;
  // Right after its start a broker answers, but the controller does not count on it yet.
  const bool settled = eventually([&] {
    kafka::TopicCreation creation(client->handle(), topic, partitions, config, 10s);
    const bool answered = eventually([&] {
      const auto text = creation.answer();
      problem = text.value_or("no answer");
      return text.has_value();
    });
    return !answered || problem.find("replicate") == std::string::npos;
  });
  if (!settled || !problem.empty()) throw std::runtime_error("topic " + topic + " not created: " + problem);
}

void delete_topic(const std::string& brokers, const std::string& topic) {
  const auto client = connect(brokers);
  std::unique_ptr<rd_kafka_DeleteTopic_t, DestroyBy<rd_kafka_DeleteTopic_destroy>> wanted(rd_kafka_DeleteTopic_new(topic.c_str()));
  const auto what = "topic " + topic + " not deleted";
  const auto event = answer(client->handle(), what, [&](rd_kafka_queue_t* queue) {
    std::array<rd_kafka_DeleteTopic_t*, 1> topics = {wanted.get()};
    rd_kafka_DeleteTopics(client->handle(), topics.data(), topics.size(), nullptr, queue);
  });
  std::size_t count = 0;
  const auto** results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  check_topics(results, count, what);
}

void add_partitions(const std::string& brokers, const std::string& topic, int total) {
  const auto client = connect(brokers);
  std::array<char, 256> reason{};
  std::unique_ptr<rd_kafka_NewPartitions_t, DestroyBy<rd_kafka_NewPartitions_destroy>> wanted(
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(total), reason.data(), reason.size()));
  const auto what = "no partitions added to topic " + topic;
  const auto event = answer(client->handle(), what, [&](rd_kafka_queue_t* queue) {
    std::array<rd_kafka_NewPartitions_t*, 1> topics = {wanted.get()};
    rd_kafka_CreatePartitions(client->handle(), topics.data(), topics.size(), nullptr, queue);
  });
  std::size_t count = 0;
  const auto** results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event.get()), &count);
  check_topics(results, count, what);
}

void delete_records(const std::string& brokers, const std::string& topic, int partition, std::int64_t before) {
  const auto client = connect(brokers);
  const PartitionListHolder until(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(until.get(), topic.c_str(), partition)->offset = before;
  std::unique_ptr<rd_kafka_DeleteRecords_t, DestroyBy<rd_kafka_DeleteRecords_destroy>> wanted(rd_kafka_DeleteRecords_new(until.get()));
  const auto what = "records of topic " + topic + " not deleted";
  const auto event = answer(client->handle(), what, [&](rd_kafka_queue_t* queue) {
    std::array<rd_kafka_DeleteRecords_t*, 1> all = {wanted.get()};
    rd_kafka_DeleteRecords(client->handle(), all.data(), all.size(), nullptr, queue);
  });
  const auto* results = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  for (int i = 0; i < results->cnt; ++i) check(results->elems[i].err, what);
}

std::optional<std::int64_t> committed(const std::string& brokers, const std::string& group, const std::string& topic, int partition,
                                      OpenTransaction open) {
  const auto client = connect(brokers, group, open == OpenTransaction::waited_for ? "read_committed" : "read_uncommitted");
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  check(rd_kafka_committed(client->handle(), list.get(), patience_ms), "committed offsets of group " + group);
  const auto offset = list->elems[0].offset;
  rd_kafka_consumer_close(client->handle());
  return offset >= 0 ? std::optional(offset) : std::nullopt;
}

std::pair<std::int64_t, std::int64_t> offsets(const std::string& brokers, const std::string& topic, int partition) {
  const auto client = connect(brokers);
  std::int64_t low = 0;
  std::int64_t high = 0;
  // A partition that was made just now is not known to every part of the broker at once.
  auto error = RD_KAFKA_RESP_ERR_NO_ERROR;
  (void)eventually([&] {
    error = rd_kafka_query_watermark_offsets(client->handle(), topic.c_str(), partition, &low, &high, patience_ms);
    return error != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  });
  check(error, "offsets of topic " + topic);
  return {low, high};
}

namespace {
using AclHolder = std::unique_ptr<rd_kafka_AclBinding_t, DestroyBy<rd_kafka_AclBinding_destroy>>;
}

void allow(const std::string& brokers, const std::string& who, rd_kafka_ResourceType_t kind, const std::string& name,
           rd_kafka_AclOperation_t operation) {
  const auto client = connect(brokers);
  std::array<char, 256> reason{};
  const AclHolder acl(rd_kafka_AclBinding_new(kind, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, who.c_str(), "*", operation,
                                              RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason.data(), reason.size()));
  const auto what = who + " not allowed to use " + name;
  const auto event = answer(client->handle(), what, [&](rd_kafka_queue_t* queue) {
    std::array<rd_kafka_AclBinding_t*, 1> all = {acl.get()};
    rd_kafka_CreateAcls(client->handle(), all.data(), all.size(), nullptr, queue);
  });
  std::size_t count = 0;
  const auto** results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* error = rd_kafka_acl_result_error(results[i])) throw std::runtime_error(what + ": " + rd_kafka_error_string(error));
  }
}

void forbid_all(const std::string& brokers) {
  const auto client = connect(brokers);
  std::array<char, 256> reason{};
  const AclHolder any(rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_ANY, nullptr, RD_KAFKA_RESOURCE_PATTERN_ANY, nullptr, nullptr,
                                                    RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ANY, reason.data(),
                                                    reason.size()));
  const auto event = answer(client->handle(), "access control lists not removed", [&](rd_kafka_queue_t* queue) {
    std::array<rd_kafka_AclBindingFilter_t*, 1> all = {any.get()};
    rd_kafka_DeleteAcls(client->handle(), all.data(), all.size(), nullptr, queue);
  });
}

bool answers(const std::string& brokers, std::chrono::milliseconds patience) {
  const auto client = connect(brokers);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error = rd_kafka_metadata(client->handle(), /*all_topics=*/1, nullptr, &metadata, /*timeout_ms=*/200);
    const kafka::MetadataHolder holder(metadata);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  }
  return false;
}

}  // namespace rekindle::system_test::admin
