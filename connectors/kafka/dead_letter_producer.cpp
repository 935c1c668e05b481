#include "connectors/kafka/dead_letter_producer.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <optional>

#include "connectors/dead_letter.hpp"
#include "connectors/kafka/client.hpp"
#include "connectors/kafka/patience.hpp"
#include "connectors/kafka/topic_creation.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_letters = 10'000;
constexpr std::size_t most_bytes = std::size_t{64} << 20;
constexpr auto send_patience = 30s;
constexpr auto resend_pause = 500ms;

// A copy of everything: the source's views are gone by the time of a second try.
struct Letter {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<OutputHeader> headers;
  std::list<Letter>::iterator self;
  bool waiting = true;
  bool omitted = false;

  [[nodiscard]] std::size_t bytes() const { return (key ? key->size() : 0) + (value ? value->size() : 0); }
};

class DeadLetterProducer final : public DeadLetterSink {
 public:
  explicit DeadLetterProducer(DeadLetterSettings settings) : settings_(std::move(settings)) {}
  ~DeadLetterProducer() override { disconnect(); }
  DeadLetterProducer(const DeadLetterProducer&) = delete;
  DeadLetterProducer& operator=(const DeadLetterProducer&) = delete;

  [[nodiscard]] Status send(const RawRecord& record, std::span<const RecordHeader> headers, const Rejection& rejection) override;
  [[nodiscard]] bool flush(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::string problem() const override { return letters_.empty() ? "" : problem_; }
  [[nodiscard]] std::uint64_t failures() const override { return failures_; }

 private:
  [[nodiscard]] Status connect();
  void disconnect();
  [[nodiscard]] bool crowded() const { return letters_.size() >= most_letters || bytes_ >= most_bytes; }
  void work(std::chrono::milliseconds patience);
  void produce_waiting();
  void on_delivery(const rd_kafka_message_t& message);
  void omit_value(Letter& letter);
  void put_back(Letter& letter);
  [[nodiscard]] bool topic_ready();

  const DeadLetterSettings settings_;
  std::list<Letter> letters_;    // All that are not acknowledged.
  std::deque<Letter*> waiting_;  // Those that librdkafka does not have.
  std::size_t bytes_ = 0;
  Clock::time_point resend_at_;
  RestartPause restart_;
  std::string problem_;  // Of the last letter that failed.
  std::optional<TopicCreation> creation_;
  bool topic_ready_ = false;
  std::uint64_t failures_ = 0;
  std::unique_ptr<Client> client_;
};

Status DeadLetterProducer::send(const RawRecord& record, std::span<const RecordHeader> headers, const Rejection& rejection) {
  if (!client_) {
    if (auto status = connect(); !status) return status;
  }
  const auto deadline = Clock::now() + send_patience;
  work(0ms);
  while (crowded()) {
    if (Clock::now() >= deadline) {
      const auto problem = client_ ? client_->health().problem() : std::string();
      return fail(ErrorCode::unavailable, "dead letters to topic \"{}\" get no acknowledgement; {} are outstanding{}", settings_.topic,
                  letters_.size(), problem.empty() ? "" : ": " + problem);
    }
    work(100ms);
  }
  Letter letter;
  if (record.key.data() != nullptr) letter.key = record.key;
  if (!record.tombstone) letter.value = record.payload;
  letter.headers = dead_letter_headers(record, headers, rejection);
  auto& kept = letters_.emplace_back(std::move(letter));
  kept.self = std::prev(letters_.end());
  bytes_ += kept.bytes();
  waiting_.push_back(&kept);
  work(0ms);
  return {};
}

bool DeadLetterProducer::flush(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!letters_.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    work(std::clamp<std::chrono::milliseconds>(left, 0ms, 50ms));
    if (left <= 0ms) break;
  }
  return letters_.empty();
}

Status DeadLetterProducer::connect() {
  ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  // Only the broker may say what is too large. A missing topic should show soon, for it to be created.
  options.defaults = {{"linger.ms", "5"}, {"message.max.bytes", "1000000000"}, {"topic.metadata.propagation.max.ms", "5000"}};
  options.fixed = {{"acks", "all"}, {"enable.idempotence", "true"}, {"message.timeout.ms", "0"}};
  options.on_delivery = [this](const rd_kafka_message_t& message) { on_delivery(message); };
  auto client = Client::make(settings_.kafka, std::move(options));
  if (!client) return tl::unexpected(client.error());
  client_ = std::move(*client);
  return {};
}

// The queue of answers belongs to the client.
void DeadLetterProducer::disconnect() {
  creation_.reset();
  if (client_) Client::end(std::move(client_));
}

void DeadLetterProducer::work(std::chrono::milliseconds patience) {
  if (!client_ && !connect()) return;
  if (topic_ready()) produce_waiting();
  rd_kafka_poll(client_->handle(), static_cast<int>(patience.count()));
  if (!client_->broken() || !restart_.over()) return;
  client_->log(/*level=*/4, "DEADLETTER", "the producer of dead letters gave up; starting another, some letters may arrive twice");
  disconnect();
  waiting_.clear();
  for (auto& letter : letters_) put_back(letter);
}

bool DeadLetterProducer::topic_ready() {
  if (topic_ready_ || !settings_.create_topic) return true;
  if (!creation_) {
    creation_.emplace(client_->handle(), settings_.topic, /*partitions=*/1, dead_letter_topic_config(), create_patience);
  }
  const auto answer = creation_->answer();
  if (!answer) return false;
  creation_.reset();
  topic_ready_ = true;
  // We may lack the right to create what exists already: sending shows whether it does.
  if (!answer->empty()) client_->log(/*level=*/4, "DEADLETTER", fmt::format("topic \"{}\" not created: {}", settings_.topic, *answer));
  return true;
}

void DeadLetterProducer::produce_waiting() {
  if (waiting_.empty() || Clock::now() < resend_at_) return;
  std::vector<RecordHeader> headers;
  while (!waiting_.empty()) {
    auto& letter = *waiting_.front();
    headers.clear();
    for (const auto& [name, value] : letter.headers) headers.push_back({name, value ? std::string_view(*value) : std::string_view()});
    OutgoingRecord record;
    record.topic = settings_.topic.c_str();
    record.key = letter.key;
    record.value = letter.value;
    record.headers = headers;
    record.opaque = &letter;
    if (produce(client_->handle(), record) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      resend_at_ = Clock::now() + resend_pause;
      return;
    }
    letter.waiting = false;
    waiting_.pop_front();
  }
}

void DeadLetterProducer::on_delivery(const rd_kafka_message_t& message) {
  auto& letter = *static_cast<Letter*>(message._private);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    bytes_ -= letter.bytes();
    letters_.erase(letter.self);
    problem_.clear();
    restart_.reset();
    return;
  }
  ++failures_;
  problem_ = fmt::format("dead letters to topic \"{}\" are not delivered: {}", settings_.topic, rd_kafka_err2str(message.err));
  client_->log(/*level=*/4, "DEADLETTER", problem_ + "; sending them again");
  if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) omit_value(letter);
  if (message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) topic_ready_ = false;
  resend_at_ = Clock::now() + resend_pause;
  put_back(letter);
}

// Better than never to be able to save a position again.
void DeadLetterProducer::omit_value(Letter& letter) {
  if (!letter.value || letter.omitted) return;
  letter.omitted = true;
  letter.headers.push_back({"rekindle.error.omitted", fmt::format("the value, {} bytes: too large for this topic", letter.value->size())});
  bytes_ -= letter.value->size();
  letter.value.reset();
}

void DeadLetterProducer::put_back(Letter& letter) {
  letter.waiting = true;
  waiting_.push_back(&letter);
}

}  // namespace

std::unique_ptr<DeadLetterSink> make_dead_letter_producer(DeadLetterSettings settings) {
  return std::make_unique<DeadLetterProducer>(std::move(settings));
}

}  // namespace rekindle::kafka
