#include "tests/system/support/records.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "connectors/kafka/topic_producer.hpp"

namespace rekindle::system_test {

namespace {

using namespace std::chrono_literals;
using kafka::HeadersHolder;
using kafka::MessageHolder;

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::optional<std::string> text_of(const void* data, std::size_t size) {
  return data == nullptr ? std::nullopt : std::optional<std::string>(std::in_place, static_cast<const char*>(data), size);
}

Record record_of(const rd_kafka_message_t& message) {
  Record record;
  record.key = text_of(message.key, message.key_len);
  record.value = text_of(message.payload, message.len);
  record.partition = message.partition;
  record.offset = message.offset;
  rd_kafka_timestamp_type_t type{};
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    record.headers.emplace_back(name, text_of(value, size));
  }
  return record;
}

std::unique_ptr<kafka::Client> reader(const std::string& brokers) {
  kafka::ClientOptions options;
  options.fixed = {{"group.id", "consume_all"},      {"enable.auto.commit", "false"},
                   {"enable.partition.eof", "true"}, {"isolation.level", "read_committed"},
                   {"auto.offset.reset", "error"},   {"fetch.message.max.bytes", "100000000"},
                   {"fetch.max.bytes", "200000000"}, {"receive.message.max.bytes", "300000000"}};
  auto client = kafka::Client::make({brokers, {}, {}}, options);
  if (!client) throw std::runtime_error(client.error().message);
  rd_kafka_poll_set_consumer((*client)->handle());
  return std::move(*client);
}

// Their number.
int assign_all(rd_kafka_t* client, const std::string& topic) {
  const kafka::TopicHolder handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, /*all_topics=*/0, handle.get(), &metadata, 20'000);
  const kafka::MetadataHolder holder(metadata);
  const int count = error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  if (count == 0) throw std::runtime_error("topic " + topic + " cannot be read: " + rd_kafka_err2str(error));
  const kafka::PartitionListHolder list(rd_kafka_topic_partition_list_new(count));
  for (int i = 0; i < count; ++i) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, list.get());
  return count;
}

}  // namespace

std::string Record::header(const std::string& name) const {
  const auto at = std::find_if(headers.rbegin(), headers.rend(), [&](const auto& one) { return one.first == name; });
  return at == headers.rend() ? "" : at->second.value_or("");
}

void produce_all(const std::string& brokers, const std::string& topic, const std::vector<Record>& records) {
  auto producer = kafka::TopicProducer::make({brokers, {}, {}});
  if (!producer) throw std::runtime_error(producer.error().message);
  std::vector<RecordHeader> headers;
  for (const auto& record : records) {
    headers.clear();
    for (const auto& [name, value] : record.headers) headers.push_back({name, value ? std::string_view(*value) : std::string_view()});
    const auto done = (*producer)->produce({topic, record.partition, view(record.key), view(record.value), headers, record.timestamp_ms});
    if (!done) throw std::runtime_error(done.error().message);
  }
  const bool flushed = (*producer)->flush(60s);
  if (!flushed || (*producer)->failed() != 0)
    throw std::runtime_error("records not produced: " + (*producer)->last_failure() + (*producer)->problem());
}

void produce_all(const std::string& brokers, const std::string& topic, const std::vector<std::string>& values, std::int32_t partition) {
  std::vector<Record> records;
  records.reserve(values.size());
  for (const auto& value : values) records.push_back({.value = value, .partition = partition});
  produce_all(brokers, topic, records);
}

void produce_transaction(const std::string& brokers, const std::string& topic, const std::vector<std::string>& values, bool commit) {
  kafka::ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  options.fixed = {{"transactional.id", "transaction." + topic}, {"retry.backoff.ms", "10"}};
  const auto client = kafka::Client::make({brokers, {}, {}}, options);
  if (!client) throw std::runtime_error(client.error().message);
  auto* handle = (*client)->handle();
  const auto check = [](rd_kafka_error_t* raw) {
    const kafka::ErrorHolder error(raw);
    if (error) throw std::runtime_error(std::string("transaction: ") + rd_kafka_error_string(error.get()));
  };
  check(rd_kafka_init_transactions(handle, 30'000));
  check(rd_kafka_begin_transaction(handle));
  for (const auto& value : values) {
    kafka::OutgoingRecord record;
    record.topic = topic.c_str();
    record.partition = 0;
    record.value = value;
    if (kafka::produce(handle, record) != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error("transaction: queue full");
  }
  rd_kafka_flush(handle, 30'000);
  check(commit ? rd_kafka_commit_transaction(handle, 30'000) : rd_kafka_abort_transaction(handle, 30'000));
}

std::vector<Record> consume_all(const std::string& brokers, const std::string& topic) {
  const auto client = reader(brokers);
  const auto partitions = static_cast<std::size_t>(assign_all(client->handle(), topic));
  std::vector<Record> records;
  std::set<std::int32_t> ended;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (ended.size() < partitions && std::chrono::steady_clock::now() < deadline) {
    const MessageHolder message(rd_kafka_consumer_poll(client->handle(), 100));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ended.insert(message->partition);
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      records.push_back(record_of(*message));
    }
  }
  rd_kafka_consumer_close(client->handle());
  if (ended.size() < partitions) throw std::runtime_error("topic " + topic + " cannot be read to its end: " + client->health().problem());
  std::ranges::stable_sort(records, {}, &Record::partition);
  return records;
}

}  // namespace rekindle::system_test
