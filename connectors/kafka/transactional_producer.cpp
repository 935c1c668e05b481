#include "connectors/kafka/transactional_producer.hpp"

#include <thread>

#include "connectors/kafka/partition_count.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

constexpr int call_ms = 2000;
constexpr auto abort_pause = 200ms;
constexpr int room_pause_ms = 5;  // Nothing tells that there is room again.

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What a consumer group answers to one that is no member any more, or not with these partitions.
bool is_of_no_member(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
         error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

// librdkafka hands it back with the delivery report; 0 is no number.
void* as_opaque(std::size_t number) { return reinterpret_cast<void*>(number + 1); }
std::size_t as_number(void* opaque) { return reinterpret_cast<std::size_t>(opaque) - 1; }

}  // namespace

Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::make(const KafkaSettings& settings, const std::string& id,
                                                                           std::chrono::milliseconds timeout) {
  std::unique_ptr<TransactionalProducer> producer(new TransactionalProducer);
  ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  // A transaction is open only while it is being sent; the timeout is there for a daemon that vanishes in the middle and never returns.
  options.defaults = {{"linger.ms", "5"},
                      {"compression.type", "lz4"},
                      {"message.max.bytes", "1000000000"},
                      {"queue.buffering.max.messages", "1000000"},
                      {"queue.buffering.max.kbytes", "1048576"},
                      {"retry.backoff.ms", "10"},
                      {"transaction.timeout.ms", fmt::format("{}", timeout.count())}};
  options.fixed = {{"transactional.id", id}, {"acks", "all"}, {"enable.idempotence", "true"}, {"delivery.report.only.error", "true"}};
  options.on_delivery = [self = producer.get()](const rd_kafka_message_t& message) { self->on_delivery(message); };
  auto client = Client::make(settings, std::move(options));
  if (!client) return tl::unexpected(client.error());
  producer->client_ = std::move(*client);
  return producer;
}

void TransactionalProducer::look_up(const std::string& topic, std::chrono::milliseconds patience) {
  const auto& handle = topics_.emplace_back(rd_kafka_topic_new(client_->handle(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_metadata(client_->handle(), /*all_topics=*/0, handle.get(), &metadata, static_cast<int>(patience.count()));
  const MetadataHolder holder(metadata);
}

Result<std::int32_t> TransactionalProducer::partitions_of(const std::string& topic, std::chrono::milliseconds patience) {
  const auto count = count_partitions(client_->handle(), topic, patience);
  if (count.unanswered != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fail(ErrorCode::unavailable, "topic \"{}\": {}", topic, rd_kafka_err2str(count.unanswered));
  return count.partitions;
}

Status TransactionalProducer::begin(std::chrono::milliseconds patience) {
  const ErrorHolder error(rd_kafka_init_transactions(client_->handle(), static_cast<int>(patience.count())));
  if (!error) return {};
  const auto unreached = client_->health().problem();
  const auto reason = unreached.empty() ? plain_reason(rd_kafka_error_string(error.get())) : unreached;
  const bool again = rd_kafka_error_is_retriable(error.get()) != 0;
  return fail(again ? ErrorCode::unavailable : ErrorCode::fenced, "no Kafka transactions: {}", reason);
}

Status TransactionalProducer::publish(std::span<const OutputBatch* const> parts, const std::string& group, const Position& offsets) {
  // Partitions are assigned, not subscribed to: the group has no members, and what fences is the producer's epoch.
  const GroupMetadataHolder metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
  return insist_on_publishing(parts, metadata.get(), offsets);
}

Result<bool> TransactionalProducer::publish(std::span<const OutputBatch* const> parts, const rd_kafka_consumer_group_metadata_t& member,
                                            const Position& offsets) {
  if (auto status = insist_on_publishing(parts, &member, offsets); !status) return tl::unexpected(status.error());
  return !member_lost_;
}

Status TransactionalProducer::publish(std::span<const OutputBatch* const> parts) { return insist_on_publishing(parts, nullptr, {}); }

Status TransactionalProducer::insist_on_publishing(std::span<const OutputBatch* const> parts,
                                                   const rd_kafka_consumer_group_metadata_t* member, const Position& offsets) {
  omitted_.clear();
  member_lost_ = false;
  while (true) {
    auto step = attempt(parts, member, offsets);
    if (step == Step::abort) {
      step = insist("abort", [&] { return rd_kafka_abort_transaction(client_->handle(), call_ms); });
      if (step == Step::done) {
        if (member_lost_) return {};
        if (given_up()) return fail(ErrorCode::unavailable, "Kafka transaction not committed: {}", problem());
        std::this_thread::sleep_for(abort_pause);
        continue;
      }
    }
    if (step == Step::gave_up) return fail(ErrorCode::unavailable, "Kafka transaction not committed: {}", problem());
    if (step != Step::done) return tl::unexpected(fatal_);
    client_->health().reached();
    note("");
    return {};
  }
}

TransactionalProducer::Step TransactionalProducer::attempt(std::span<const OutputBatch* const> parts,
                                                           const rd_kafka_consumer_group_metadata_t* member, const Position& offsets) {
  auto step = insist("begin", [&] { return rd_kafka_begin_transaction(client_->handle()); });
  if (step == Step::done) step = send(parts);
  if (step == Step::done && member != nullptr) step = send_offsets(*member, offsets);
  if (step != Step::done) return step;
  return insist("commit", [&] { return rd_kafka_commit_transaction(client_->handle(), call_ms); });
}

TransactionalProducer::Step TransactionalProducer::send(std::span<const OutputBatch* const> parts) {
  std::size_t number = 0;
  for (const auto* part : parts) {
    for (std::size_t i = 0; i < part->size(); ++i) {
      if (const auto step = send_one(part->record(i), number++); step != Step::done) return step;
    }
  }
  return Step::done;
}

TransactionalProducer::Step TransactionalProducer::send_one(const OutputRecord& record, std::size_t number) {
  const auto omitted = omitted_.contains(number) ? fmt::format("the value, {} bytes: too large for this topic", record.value->size()) : "";
  std::vector<RecordHeader> headers;
  for (const auto& [name, value] : record.headers) headers.push_back({name, value ? std::string_view(*value) : std::string_view()});
  if (!omitted.empty()) headers.push_back({"rekindle.error.omitted", omitted});
  OutgoingRecord out;
  out.topic = record.topic.c_str();
  out.partition = record.partition;
  out.key = record.key;
  out.value = omitted.empty() ? record.value : std::nullopt;
  out.headers = headers;
  out.opaque = as_opaque(number);
  while (true) {
    const auto error = produce(client_->handle(), out);
    if (number % 1024 == 0) rd_kafka_poll(client_->handle(), 0);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Step::done;
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && omitted.empty()) omitted_.insert(number);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      note(fmt::format("topic \"{}\": {}", record.topic, rd_kafka_err2str(error)));
      return Step::abort;  // Where the whole is lost, that says so.
    }
    if (given_up()) return Step::gave_up;
    rd_kafka_poll(client_->handle(), room_pause_ms);
  }
}

TransactionalProducer::Step TransactionalProducer::send_offsets(const rd_kafka_consumer_group_metadata_t& member, const Position& offsets) {
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.all().size())));
  for (const auto& one : offsets.all()) {
    rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)->offset = one.next;
  }
  return insist("offsets", [&] { return rd_kafka_send_offsets_to_transaction(client_->handle(), list.get(), &member, call_ms); });
}

// "Retriable" means the same call again: going on to the next would leave open what became of this one.
template <class Call>
TransactionalProducer::Step TransactionalProducer::insist(const char* what, const Call& call) {
  while (true) {
    const ErrorHolder error(call());
    if (!error) return Step::done;
    const auto unreached = client_->health().problem();
    const auto text = fmt::format("Kafka transaction, {}: {}", what, unreached.empty() ? rd_kafka_error_string(error.get()) : unreached);
    note(text);
    if (rd_kafka_error_is_fatal(error.get()) != 0) {
      const bool taken_over = rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__FENCED;
      fatal_ = {ErrorCode::fenced, taken_over ? "another daemon of the same source.group has taken over (" + text + ")" : text};
      return Step::fatal;
    }
    if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
      member_lost_ = member_lost_ || is_of_no_member(rd_kafka_error_code(error.get()));
      return Step::abort;
    }
    if (rd_kafka_error_is_retriable(error.get()) == 0) {
      fatal_ = {ErrorCode::fenced, text};
      return Step::fatal;
    }
    if (given_up()) return Step::gave_up;
  }
}

void TransactionalProducer::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) omitted_.insert(as_number(message._private));
  if (message.err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && message.err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    note(fmt::format("topic \"{}\": {}", rd_kafka_topic_name(message.rkt), rd_kafka_err2str(message.err)));
}

void TransactionalProducer::note(const std::string& problem) {
  if (!problem.empty()) client_->log(/*level=*/4, "TRANSACTION", problem);
  const std::scoped_lock lock(mutex_);
  problem_ = problem;
}

std::string TransactionalProducer::problem() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

void TransactionalProducer::hurry(std::chrono::milliseconds patience) { give_up_at_ = steady_ms() + patience.count(); }

bool TransactionalProducer::given_up() const {
  const auto at = give_up_at_.load();
  return at != 0 && steady_ms() >= at;
}

}  // namespace rekindle::kafka
