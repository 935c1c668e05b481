#include "connectors/kafka/output_producer.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/patience.hpp"
#include "connectors/kafka/topic_creation.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto send_patience = 30s;
constexpr auto resend_pause = 500ms;
constexpr auto purge_patience = 2s;
constexpr auto room_pause = 5ms;
constexpr unsigned fetch_reports_every = 256;

// A copy of what librdkafka gave back.
struct Returned {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<OutputHeader> headers;
  std::int32_t partition = -1;
};

std::optional<std::string> text_of(const void* data, std::size_t size) {
  return data == nullptr ? std::nullopt : std::optional<std::string>(std::in_place, static_cast<const char*>(data), size);
}

// Views, for as long as what they are of.
std::vector<RecordHeader> views_of(std::span<const OutputHeader> headers) {
  std::vector<RecordHeader> views;
  for (const auto& [name, value] : headers) views.push_back({name, value ? std::string_view(*value) : std::string_view()});
  return views;
}

std::vector<OutputHeader> headers_of(const rd_kafka_message_t& message) {
  std::vector<OutputHeader> out;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    out.push_back({name, text_of(value, size)});
  return out;
}

class OutputProducer final : public OutputSink {
 public:
  explicit OutputProducer(OutputSettings settings) : settings_(std::move(settings)) {}
  ~OutputProducer() override { disconnect(); }
  OutputProducer(const OutputProducer&) = delete;
  OutputProducer& operator=(const OutputProducer&) = delete;

  [[nodiscard]] Status connect();
  [[nodiscard]] Status send(const OutputRecord& record) override;
  [[nodiscard]] bool flush(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::string problem() const override { return problem_; }
  [[nodiscard]] std::uint64_t failures(const std::string& topic) const override {
    const auto at = failures_.find(topic);
    return at == failures_.end() ? 0 : at->second;
  }

 private:
  void disconnect();
  void create_topics();
  [[nodiscard]] std::vector<std::string> all_topics() const;
  void work(std::chrono::milliseconds patience);
  void start_over();
  void send_returned();
  void on_delivery(const rd_kafka_message_t& message);
  [[nodiscard]] bool all_arrived() const { return returned_.empty() && client_ && rd_kafka_outq_len(client_->handle()) == 0; }

  const OutputSettings settings_;
  std::deque<Returned> returned_;  // By librdkafka, which has given them up: to be sent again.
  Clock::time_point resend_at_;
  RestartPause restart_;
  std::string problem_;
  unsigned sent_ = 0;
  std::map<std::string, std::uint64_t> failures_;
  TopicCreations creations_;
  std::unique_ptr<Client> client_;
  std::vector<TopicHolder> topics_;
};

Status OutputProducer::connect() {
  ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  // Only the broker may say what is too large. A missing topic should show soon, for it to be created.
  options.defaults = {{"linger.ms", "5"},
                      {"compression.type", "lz4"},
                      {"message.max.bytes", "1000000000"},
                      {"topic.metadata.propagation.max.ms", "5000"},
                      {"queue.buffering.max.messages", "250000"},
                      {"queue.buffering.max.kbytes", "65536"}};
  options.fixed = {{"acks", "all"}, {"enable.idempotence", "true"}, {"message.timeout.ms", "0"}, {"delivery.report.only.error", "true"}};
  options.on_delivery = [this](const rd_kafka_message_t& message) { on_delivery(message); };
  auto client = Client::make(settings_.kafka, std::move(options));
  if (!client) return tl::unexpected(client.error());
  client_ = std::move(*client);
  create_topics();
  // Otherwise librdkafka asks for a topic's partitions a second after the first record.
  for (const auto& topic : all_topics()) topics_.emplace_back(rd_kafka_topic_new(client_->handle(), topic.c_str(), nullptr));
  return {};
}

void OutputProducer::disconnect() {
  creations_.clear();  // Their queues belong to the client.
  topics_.clear();
  if (client_) Client::end(std::move(client_));
}

void OutputProducer::create_topics() {
  if (!settings_.create_topics || !creations_.empty()) return;
  for (const auto& topic : settings_.topics) creations_.ask(*client_, topic, partitions_by_the_broker, {}, create_patience);
  if (!settings_.model_topic.empty()) creations_.ask(*client_, settings_.model_topic, 1, compacted_topic_config(), create_patience);
}

std::vector<std::string> OutputProducer::all_topics() const {
  auto topics = settings_.topics;
  if (!settings_.model_topic.empty()) topics.push_back(settings_.model_topic);
  return topics;
}

Status OutputProducer::send(const OutputRecord& record) {
  const auto deadline = Clock::now() + send_patience;
  OutgoingRecord out;
  out.topic = record.topic.c_str();
  out.key = record.key;
  out.value = record.value;
  out.partition = record.partition;
  const auto headers = views_of(record.headers);
  out.headers = headers;
  while (true) {
    const auto error = client_ ? produce(client_->handle(), out) : RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (++sent_ % fetch_reports_every == 0 || error != RD_KAFKA_RESP_ERR_NO_ERROR || !returned_.empty()) work(0ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return fail(ErrorCode::io, "a record for topic \"{}\" is too large", record.topic);
    if (Clock::now() >= deadline) {
      const auto problem = client_ ? client_->health().problem() : std::string();
      return fail(ErrorCode::unavailable, "records for topic \"{}\" get no acknowledgement{}", record.topic,
                  problem.empty() ? "" : ": " + problem);
    }
    work(room_pause);  // Nothing tells that there is room again.
  }
}

bool OutputProducer::flush(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  work(0ms);
  while (!all_arrived()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms) return false;
    // Sends what lingers at once; returns early when all is acknowledged.
    if (client_) rd_kafka_flush(client_->handle(), static_cast<int>(std::min<std::chrono::milliseconds>(left, 50ms).count()));
    work(returned_.empty() ? 0ms : std::min<std::chrono::milliseconds>(left, 50ms));
  }
  problem_.clear();
  restart_.reset();
  return true;
}

void OutputProducer::work(std::chrono::milliseconds patience) {
  if (!client_ && !connect()) return;
  creations_.read_answers(*client_, "OUTPUT");
  send_returned();
  rd_kafka_poll(client_->handle(), static_cast<int>(patience.count()));
  if (client_->broken() && restart_.over()) start_over();
}

void OutputProducer::start_over() {
  client_->log(/*level=*/4, "OUTPUT", "the producer of predictions and events gave up; starting another, some records may arrive twice");
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto deadline = Clock::now() + purge_patience;
  while (rd_kafka_outq_len(client_->handle()) > 0 && Clock::now() < deadline) rd_kafka_poll(client_->handle(), 50);
  disconnect();
  std::ignore = connect();  // Tried again where it fails.
}

void OutputProducer::send_returned() {
  if (returned_.empty() || Clock::now() < resend_at_) return;
  while (!returned_.empty()) {
    const auto& one = returned_.front();
    OutgoingRecord record;
    record.topic = one.topic.c_str();
    record.key = one.key;
    record.value = one.value;
    record.partition = one.partition;
    const auto headers = views_of(one.headers);
    record.headers = headers;
    if (produce(client_->handle(), record) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      resend_at_ = Clock::now() + resend_pause;
      return;
    }
    returned_.pop_front();
  }
}

void OutputProducer::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const std::string topic = rd_kafka_topic_name(message.rkt);
  ++failures_[topic];
  if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    client_->log(/*level=*/3, "OUTPUT",
                 fmt::format("a record of {} bytes is too large for topic \"{}\" and was dropped", message.len, topic));
    return;
  }
  if (message.err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && message.err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
    problem_ = fmt::format("records for topic \"{}\" are not delivered: {}", topic, rd_kafka_err2str(message.err));
    client_->log(/*level=*/4, "OUTPUT", problem_ + "; sending them again");
  }
  if (message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) create_topics();
  resend_at_ = Clock::now() + resend_pause;
  // Where the partition was chosen by the key it is chosen again: the topic may have more by then.
  const auto headers = headers_of(message);
  returned_.push_back({topic, text_of(message.key, message.key_len), text_of(message.payload, message.len), headers,
                       topic == settings_.model_topic ? message.partition : -1});
}

}  // namespace

Result<std::unique_ptr<OutputSink>> make_output_producer(OutputSettings settings) {
  auto producer = std::make_unique<OutputProducer>(std::move(settings));
  if (auto status = producer->connect(); !status) return tl::unexpected(status.error());
  return producer;
}

}  // namespace rekindle::kafka
