#include "connectors/kafka/kafka_source.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/partition_finder.hpp"
#include "connectors/kafka/partition_table.hpp"
#include "connectors/kafka/payload_arena.hpp"
#include "connectors/kafka/record_headers.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_size = 1024;
constexpr auto close_patience = 2s;
// A damaged batch is fetched again: the network may have been at fault, not the broker's disk.
constexpr int damaged_tries = 3;

ClientOptions consumer_options(const KafkaSourceSettings& settings) {
  const auto fetch = std::clamp<std::int64_t>(2 * settings.max_record_bytes, 8 << 20, 1'000'000'000);
  const auto queue = std::clamp<std::int64_t>(settings.queue_kilobytes, 4096, 2'097'151);
  ClientOptions options;
  options.type = RD_KAFKA_CONSUMER;
  // Only kilobytes bound the queue: on a full one librdkafka pauses for a second, which starves a busy learner.
  options.defaults = {{"queued.min.messages", "10000000"},
                      {"queued.max.messages.kbytes", std::to_string(queue)},
                      {"fetch.message.max.bytes", std::to_string(fetch)},
                      {"fetch.max.bytes", std::to_string(std::max<std::int64_t>(fetch, 52'428'800))}};
  options.fixed = {{"group.id", settings.group},          {"enable.auto.commit", "false"},
                   {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
                   {"enable.partition.eof", "true"},      {"isolation.level", "read_committed"},
                   {"allow.auto.create.topics", "false"}, {"check.crcs", "true"}};
  return options;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The value of its header, empty rather than null; no data: it has none.
std::string_view control_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (rd_kafka_header_get_last(headers, control_header, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return value == nullptr ? std::string_view("") : std::string_view(static_cast<const char*>(value), size);
}

class KafkaSource final : public SampleSource {
 public:
  KafkaSource(KafkaSourceSettings settings, Anchors anchors) : settings_(std::move(settings)), anchors_(std::move(anchors)) {
    messages_.reserve(batch_size);
    records_.reserve(batch_size);
  }
  ~KafkaSource() override { KafkaSource::close(); }
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  [[nodiscard]] Status open(const Position& position) override;
  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override;
  void commit_for_lag_tools(const Position& position) override;
  void report(const Position& learned, SourceStatus& out) const override;
  void close() override;

 private:
  void forget_batch();
  [[nodiscard]] bool take_waiting();
  [[nodiscard]] Status take_findings();
  void settle(const PartitionExtent& extent);
  void assign();
  void take(MessageHolder message);
  void take_error(const rd_kafka_message_t& message);
  void add_record(MessageHolder message, const PartitionState& state);
  void lose(PartitionState& state, const PartitionExtent& extent, const std::string& what);
  void log(int level, std::string_view kind, const std::string& text) const { client_->log(level, kind, text); }
  [[nodiscard]] std::optional<std::int64_t> high_watermark(const PartitionState& state) const;
  [[nodiscard]] PartitionStatus status_of(const PartitionState& state, const Position& learned) const;

  const KafkaSourceSettings settings_;
  const Anchors anchors_;
  std::unique_ptr<Client> client_;
  QueueHolder waiting_;  // What `client_` has for us.
  std::unique_ptr<PartitionFinder> finder_;
  PartitionTable table_;
  std::optional<Error> failure_;  // Returned once the records before it were.
  std::string loss_;
  std::uint64_t losses_ = 0;
  std::uint64_t lost_records_ = 0;

  PayloadArena arena_;
  std::vector<MessageHolder> messages_;  // Keep keys and headers alive.
  std::vector<RawRecord> records_;
  std::vector<PartitionPosition> started_;
};

Status KafkaSource::open(const Position& position) {
  auto client = Client::make(settings_.kafka, consumer_options(settings_));
  if (!client) return tl::unexpected(client.error());
  client_ = std::move(*client);
  // From here on all events come with the records; rd_kafka_poll must not be called on this handle any more.
  rd_kafka_poll_set_consumer(client_->handle());
  waiting_.reset(rd_kafka_queue_get_consumer(client_->handle()));
  finder_ = std::make_unique<PartitionFinder>(*client_, settings_, position, anchors_);
  return {};
}

Result<PollResult> KafkaSource::poll(std::chrono::milliseconds patience) {
  if (!client_) return fail(ErrorCode::internal, "a Kafka source was polled before it was opened");
  forget_batch();
  if (auto status = take_findings(); !status) return tl::unexpected(status.error());
  // librdkafka waits until a batch is full, so the first message is waited for by itself.
  if (MessageHolder first(rd_kafka_consumer_poll(client_->handle(), static_cast<int>(patience.count()))); first) {
    take(std::move(first));
    while (messages_.size() < batch_size && !arena_.full() && !failure_ && take_waiting()) {
    }
  }
  if (records_.empty() && started_.empty() && failure_) return tl::unexpected(*failure_);
  const bool at_end = settings_.stop_at_end && finder_->complete() && !finder_->has_news() && table_.all_at_end();
  return PollResult{records_, at_end, started_};
}

// Those that are there already; one by one each costs as much as it takes to decode a small one. Batches of librdkafka 2.0.2 lose messages
// where another thread seeks, pauses or assigns meanwhile: here it is always this one. False: none was there.
bool KafkaSource::take_waiting() {
  std::array<rd_kafka_message_t*, 64> waiting{};
  const auto most = std::min(waiting.size(), batch_size - messages_.size());
  const auto count = rd_kafka_consume_batch_queue(waiting_.get(), /*timeout_ms=*/0, waiting.data(), most);
  for (ssize_t i = 0; i < count; ++i) {
    MessageHolder message(waiting[static_cast<std::size_t>(i)]);
    if (!failure_) take(std::move(message));
  }
  return count > 0;
}

void KafkaSource::forget_batch() {
  records_.clear();
  messages_.clear();
  started_.clear();
  arena_.clear();
}

Status KafkaSource::take_findings() {
  if (failure_) return tl::unexpected(*failure_);
  if (!finder_->has_news()) return {};
  const auto findings = finder_->take();
  for (const auto& found : findings.partitions) {
    auto& state = table_.add(found.topic, found.partition, found.start, found.end);
    if (found.other) {
      // What is there is asked for first, as for an offset that was refused.
      state.other = state.held = true;
      finder_->ask_extent(found.topic, found.partition);
      continue;
    }
    started_.push_back({found.topic, found.partition, found.start});
    log(/*level=*/6, fmt::format("{}/{}", found.topic, found.partition),
        fmt::format("reading {}[{}] from offset {}", found.topic, found.partition, found.start));
  }
  for (const auto& extent : findings.extents) settle(extent);
  if (failure_) return tl::unexpected(*failure_);
  assign();
  return {};
}

// Now that we know what the broker has: was the offset that it refused lost, or was it only refused?
void KafkaSource::settle(const PartitionExtent& extent) {
  auto* state = table_.find(extent.topic, extent.partition);
  if (state == nullptr || !state->held) return;
  state->held = false;
  const auto has = fmt::format("the broker has offsets {} to {}", extent.low, extent.high);
  if (std::exchange(state->other, false)) {
    lose(*state, extent, has + ", and the record before is not the one that was learned: the topic was made anew");
    if (!failure_) started_.push_back({extent.topic, extent.partition, state->next});
    return;
  }
  if (state->next < extent.low) {
    lose(*state, extent, fmt::format("{}: {} records were deleted before they were read", has, extent.low - state->next));
  } else if (state->next > extent.high) {
    lose(*state, extent, fmt::format("{}: the topic was truncated or made anew", has));
  } else if (state->damaged >= damaged_tries && settings_.on_data_loss == DataLossPolicy::stop) {
    lose(*state, extent, fmt::format("the records there are damaged (checksum), also after {} tries", damaged_tries));
  }
}

void KafkaSource::lose(PartitionState& state, const PartitionExtent& extent, const std::string& what) {
  const auto text = fmt::format("{}[{}]: wanted offset {}, but {}", state.topic, state.partition, state.next, what);
  log(/*level=*/3, "LOSS", text);
  const auto gone = extent.low > state.next ? static_cast<std::uint64_t>(extent.low - state.next) : 0;
  ++losses_;
  lost_records_ += gone;
  loss_ = text;
  if (settings_.on_data_loss == DataLossPolicy::stop) {
    state.held = true;
    failure_ = Error{ErrorCode::source_lost, text + "; on_data_loss = \"skip\" would go on without them"};
    return;
  }
  state.missing += gone;
  state.next = extent.low;
  loss_ = fmt::format("{}; went on at offset {}", text, extent.low);
}

// Always all partitions, each from its own place. What was fetched already is fetched again; that is rare.
void KafkaSource::assign() {
  const auto& all = table_.all();
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(all.size())));
  for (const auto& state : all) {
    if (!state.held) rd_kafka_topic_partition_list_add(list.get(), state.topic.c_str(), state.partition)->offset = state.next;
  }
  if (const auto error = rd_kafka_assign(client_->handle(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    failure_ = Error{ErrorCode::internal, fmt::format("partitions cannot be assigned: {}", rd_kafka_err2str(error))};
  }
}

void KafkaSource::take(MessageHolder message) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    take_error(*message);
    return;
  }
  auto* state = table_.find(rd_kafka_topic_name(message->rkt), message->partition);
  if (state == nullptr || !state->accept(message->offset)) return;
  rd_kafka_timestamp_type_t type{};
  state->last_timestamp_ms = std::max<std::int64_t>(rd_kafka_message_timestamp(message.get(), &type), 0);
  state->problem.clear();
  add_record(std::move(message), *state);
}

void KafkaSource::add_record(MessageHolder message, const PartitionState& state) {
  RawRecord record;
  record.topic = state.topic;
  record.partition = state.partition;
  record.offset = message->offset;
  record.timestamp_ms = state.last_timestamp_ms;
  record.tombstone = message->payload == nullptr;
  record.payload = arena_.copy({static_cast<const char*>(message->payload), message->payload == nullptr ? 0 : message->len});
  if (message->key != nullptr) record.key = {static_cast<const char*>(message->key), message->key_len};
  record.handle = message.get();
  if (settings_.control) record.control = control_of(*message);
  records_.push_back(record);
  messages_.push_back(std::move(message));
}

void KafkaSource::take_error(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
    failure_ = Error{ErrorCode::fenced, fmt::format("Kafka: {}", rd_kafka_message_errstr(&message))};
    return;
  }
  if (message.err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {  // Learning needs no group.
    log(/*level=*/4, "COMMIT", fmt::format("offsets for lag tools not committed: {}", rd_kafka_err2str(message.err)));
    return;
  }
  auto* state = message.rkt == nullptr ? nullptr : table_.find(rd_kafka_topic_name(message.rkt), message.partition);
  if (state == nullptr || state->held) return;  // About the connection: the error callback has it.
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      state->at_end = true;
      state->high_at_end = high_watermark(*state).value_or(-1);
      return;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      // librdkafka would go on behind the damage. On the last try we let it, if losses may be skipped.
      if (++state->damaged > damaged_tries && settings_.on_data_loss == DataLossPolicy::skip) {
        ++losses_;
        ++lost_records_;
        loss_ = fmt::format("{}[{}]: skipped damaged records at offset {}", state->topic, state->partition, state->next);
        log(/*level=*/3, "LOSS", loss_);
        return;
      }
      [[fallthrough]];
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      state->held = true;
      finder_->ask_extent(state->topic, state->partition);
      return;
    default:
      state->problem = fmt::format("{}[{}]: {}", state->topic, state->partition, rd_kafka_message_errstr(&message));
      log(/*level=*/4, rd_kafka_err2name(message.err), state->problem);
  }
}

std::vector<RecordHeader> KafkaSource::headers_of(const RawRecord& record) const {
  return kafka::headers_of(static_cast<const rd_kafka_message_t*>(record.handle));
}

void KafkaSource::commit_for_lag_tools(const Position& position) {
  // Without a broker the commit would wait inside librdkafka, and hold up closing.
  if (!client_ || position.empty() || !client_->health().connected()) return;
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(position.all().size())));
  for (const auto& one : position.all()) {
    rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)->offset = one.next;
  }
  rd_kafka_commit(client_->handle(), list.get(), /*async=*/1);
}

void KafkaSource::report(const Position& learned, SourceStatus& out) const {
  out.type = "kafka";
  out.partitions.clear();
  if (!client_) return;
  const auto& health = client_->health();
  out.connected = health.connected();
  out.problem = out.connected ? finder_->problem() : health.problem();
  for (const auto& state : table_.all()) {
    out.partitions.push_back(status_of(state, learned));
    if (out.problem.empty()) out.problem = state.problem;
  }
  if (out.problem.empty()) out.problem = loss_;
  out.loss = loss_;
  out.losses = losses_;
  out.lost_records = lost_records_;
  out.caught_up = out.connected && finder_->complete() && !finder_->has_news() && table_.all_at_end();
}

PartitionStatus KafkaSource::status_of(const PartitionState& state, const Position& learned) const {
  PartitionStatus status;
  status.topic = state.topic;
  status.partition = state.partition;
  const auto* at = learned.find(state.topic, state.partition);
  status.next = at == nullptr ? state.first : at->next;
  const auto high = high_watermark(state);
  // At the end there may still be offsets that are no records: markers of transactions.
  const bool all_learned = state.at_end && status.next >= state.next && high.value_or(-1) <= state.high_at_end;
  if (high || all_learned) status.lag_records = all_learned ? 0 : std::max<std::int64_t>(*high - status.next, 0);
  if (status.lag_records == 0) {
    status.lag_seconds = 0;
  } else if (state.last_timestamp_ms > 0) {
    status.lag_seconds = static_cast<double>(std::max<std::int64_t>(now_ms() - state.last_timestamp_ms, 0)) / 1000;
  }
  return status;
}

// Of the last fetch, without asking anybody.
std::optional<std::int64_t> KafkaSource::high_watermark(const PartitionState& state) const {
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  const auto error = rd_kafka_get_watermark_offsets(client_->handle(), state.topic.c_str(), state.partition, &low, &high);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? std::optional(high) : std::nullopt;
}

void KafkaSource::close() {
  if (!client_) return;
  finder_.reset();
  forget_batch();
  waiting_.reset();
  // Destroying a consumer that is not closed would keep a processor busy until the brokers answer.
  const bool closed = close_consumer(client_->handle(), close_patience);
  Client::end(std::move(client_), closed);
}

}  // namespace

std::unique_ptr<SampleSource> make_kafka_source(KafkaSourceSettings settings, Anchors anchors) {
  return std::make_unique<KafkaSource>(std::move(settings), std::move(anchors));
}

}  // namespace rekindle::kafka
