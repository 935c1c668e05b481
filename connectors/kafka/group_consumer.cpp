#include "connectors/kafka/group_consumer.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include "connectors/kafka/partition_count.hpp"
#include "connectors/kafka/record_headers.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

constexpr int member_reach_ms = 3000;
constexpr auto close_patience = 5s;
constexpr auto look_every = 1s;
constexpr int look_ms = 300;

ClientOptions member_options(const KafkaSourceSettings& settings) {
  const auto fetch = std::clamp<std::int64_t>(2 * settings.max_record_bytes, 8 << 20, 1'000'000'000);
  const auto queue = std::clamp<std::int64_t>(settings.queue_kilobytes, 4096, 2'097'151);
  ClientOptions options;
  options.defaults = {{"queued.min.messages", "10000000"},
                      {"queued.max.messages.kbytes", std::to_string(queue)},
                      {"fetch.message.max.bytes", std::to_string(fetch)},
                      {"fetch.max.bytes", std::to_string(std::max<std::int64_t>(fetch, 52'428'800))},
                      {"session.timeout.ms", "10000"},
                      {"heartbeat.interval.ms", "2000"},
                      {"topic.metadata.refresh.interval.ms", std::to_string(settings.rescan.count())}};
  options.fixed = {{"group.id", settings.group},
                   {"enable.auto.commit", "false"},
                   {"enable.auto.offset.store", "false"},
                   {"auto.offset.reset", settings.on_data_loss == DataLossPolicy::skip ? "earliest" : "error"},
                   {"enable.partition.eof", "true"},
                   {"isolation.level", "read_committed"},
                   {"allow.auto.create.topics", "false"},
                   {"check.crcs", "true"},
                   {"partition.assignment.strategy", "range"}};
  return options;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Result<std::unique_ptr<GroupConsumer>> GroupConsumer::make(const KafkaSourceSettings& settings, GroupMember& member) {
  std::unique_ptr<GroupConsumer> consumer(new GroupConsumer(settings, member));
  auto options = member_options(settings);
  options.on_rebalance = [self = consumer.get(), closing = consumer->closing_](auto& handle, auto error, auto& partitions) {
    if (!*closing) return self->rebalance(error, partitions);
    rd_kafka_assign(&handle, nullptr);
  };
  auto client = Client::make(settings.kafka, std::move(options));
  if (!client) return tl::unexpected(client.error());
  consumer->client_ = *std::move(client);
  auto* handle = consumer->client_->handle();
  rd_kafka_poll_set_consumer(handle);
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(settings.topics.size())));
  for (const auto& topic : settings.topics) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(handle, list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fail(ErrorCode::internal, "group \"{}\" cannot be joined: {}", settings.group, rd_kafka_err2str(error));
  return consumer;
}

// Whatever is wrong, librdkafka goes on only when it has been told what to read.
void GroupConsumer::rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t& partitions) {
  ++epoch_;
  first_.reset();
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return assign(partitions);
  forget_batch();  // What was not handed out yet comes again, to whoever gets the partition.
  member_.revoked(rd_kafka_assignment_lost(client_->handle()) != 0 || error != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS);
  partitions_.clear();
  rd_kafka_assign(client_->handle(), nullptr);
}

void GroupConsumer::assign(rd_kafka_topic_partition_list_t& partitions) {
  ++rebalances_;
  client_->health().reached();
  const std::span<rd_kafka_topic_partition_t> elements(partitions.elems, static_cast<std::size_t>(partitions.cnt));
  std::vector<PartitionPosition> wanted;
  for (const auto& one : elements) wanted.push_back({one.topic, one.partition, 0});
  if (auto status = member_.assigned(wanted); !status) {
    failure_ = status.error();
    rd_kafka_assign(client_->handle(), nullptr);
    return;
  }
  partitions_.clear();
  for (const auto& one : wanted) {
    partitions_[{one.topic, one.partition}] = {one.next, one.next};
    topics_.insert(one.topic);
    const auto at = std::ranges::find_if(
        elements, [&](const auto& element) { return one.topic == element.topic && one.partition == element.partition; });
    at->offset = one.next;
  }
  if (const auto code = rd_kafka_assign(client_->handle(), &partitions); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    failure_ = Error{ErrorCode::internal, fmt::format("partitions cannot be assigned: {}", rd_kafka_err2str(code))};
  if (held_) hold_assigned();
}

void GroupConsumer::hold(bool held) {
  if (std::exchange(held_, held) != held) hold_assigned();
}

// What was fetched and not handed out yet is fetched again when they are let go.
void GroupConsumer::hold_assigned() const {
  rd_kafka_topic_partition_list_t* raw = nullptr;
  if (rd_kafka_assignment(client_->handle(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const PartitionListHolder assigned(raw);
  held_ ? rd_kafka_pause_partitions(client_->handle(), assigned.get()) : rd_kafka_resume_partitions(client_->handle(), assigned.get());
}

std::vector<PartitionPosition> GroupConsumer::partitions() const {
  std::vector<PartitionPosition> all;
  for (const auto& [key, partition] : partitions_) all.push_back({key.first, key.second, partition.next});
  return all;
}

void GroupConsumer::forget_batch() {
  records_.clear();
  messages_.clear();
  arena_.clear();
}

Result<std::span<const RawRecord>> GroupConsumer::poll(std::chrono::milliseconds patience) {
  forget_batch();
  look_for_brokers();
  auto wait = static_cast<int>(patience.count());
  if (first_ && !held_) take(std::move(first_));
  const auto epoch = epoch_;
  while (!more() && !failure_) {
    MessageHolder message(rd_kafka_consumer_poll(client_->handle(), std::exchange(wait, 0)));
    if (epoch != epoch_) first_ = std::move(message);
    if (!message) break;
    take(std::move(message));
  }
  if (failure_) return tl::unexpected(*failure_);
  return std::span<const RawRecord>(records_);
}

// Records say that they are there; where none come, somebody has to ask.
void GroupConsumer::look_for_brokers() {
  const auto now = std::chrono::steady_clock::now();
  if (client_->health().connected() || now - looked_at_ < look_every) return;
  looked_at_ = now;
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client_->handle(), /*all_topics=*/0, nullptr, &metadata, look_ms);
  const MetadataHolder holder(metadata);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) client_->health().reached();
}

void GroupConsumer::take(MessageHolder message) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_error(*message);
  const auto& topic = *topics_.emplace(rd_kafka_topic_name(message->rkt)).first;
  const auto found = partitions_.find({topic, message->partition});
  if (found == partitions_.end() || message->offset < found->second.next) return;
  auto& partition = found->second;
  rd_kafka_timestamp_type_t type{};
  RawRecord record;
  record.topic = topic;
  record.partition = message->partition;
  record.offset = message->offset;
  record.timestamp_ms = partition.last_timestamp_ms = std::max<std::int64_t>(rd_kafka_message_timestamp(message.get(), &type), 0);
  record.tombstone = message->payload == nullptr;
  record.payload = arena_.copy({static_cast<const char*>(message->payload), message->payload == nullptr ? 0 : message->len});
  if (message->key != nullptr) record.key = {static_cast<const char*>(message->key), message->key_len};
  record.handle = message.get();
  partition.next = message->offset + 1;
  partition.at_end = false;
  problem_.clear();
  records_.push_back(record);
  messages_.push_back(std::move(message));
}

void GroupConsumer::take_error(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
    failure_ = Error{ErrorCode::fenced, fmt::format("Kafka: {}", rd_kafka_message_errstr(&message))};
    return;
  }
  const auto where = message.rkt == nullptr ? std::string() : fmt::format("{}[{}]: ", rd_kafka_topic_name(message.rkt), message.partition);
  const auto found = message.rkt == nullptr ? partitions_.end() : partitions_.find({rd_kafka_topic_name(message.rkt), message.partition});
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      if (found != partitions_.end()) found->second.at_end = true;
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      if (found == partitions_.end()) return;
      ++losses_;
      loss_ = fmt::format("{}wanted offset {}, but {}", where, found->second.next, rd_kafka_message_errstr(&message));
      client_->log(/*level=*/3, "LOSS", loss_);
      if (settings_.on_data_loss == DataLossPolicy::stop)
        failure_ = Error{ErrorCode::source_lost, loss_ + "; on_data_loss = \"skip\" would go on without them"};
      return;
    default: problem_ = where + rd_kafka_message_errstr(&message); client_->log(/*level=*/4, rd_kafka_err2name(message.err), problem_);
  }
}

std::vector<RecordHeader> GroupConsumer::headers_of(const RawRecord& record) {
  return kafka::headers_of(static_cast<const rd_kafka_message_t*>(record.handle));
}

Result<Position> GroupConsumer::committed(const std::vector<PartitionPosition>& partitions) const {
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& one : partitions) rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition);
  const auto unavailable = [&](rd_kafka_resp_err_t error) {
    return fail(ErrorCode::unavailable, "offsets of group \"{}\": {}", settings_.group, rd_kafka_err2str(error));
  };
  if (const auto error = rd_kafka_committed(client_->handle(), list.get(), member_reach_ms); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unavailable(error);
  Position position;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return unavailable(one.err);
    if (one.offset >= 0) position.set(one.topic, one.partition, one.offset);
  }
  return position;
}

Result<std::int32_t> GroupConsumer::partitions_of(const std::string& topic) const {
  const auto count = count_partitions(client_->handle(), topic, std::chrono::milliseconds(member_reach_ms));
  for (const auto error : {count.unanswered, count.refused}) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(ErrorCode::unavailable, "topic \"{}\": {}", topic, rd_kafka_err2str(error));
  }
  return count.partitions;
}

Result<std::int64_t> GroupConsumer::first_offset(const PartitionPosition& partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  auto* handle = client_->handle();
  auto error = rd_kafka_query_watermark_offsets(handle, partition.topic.c_str(), partition.partition, &low, &high, member_reach_ms);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && settings_.start == Start::earliest) return low;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && settings_.start == Start::latest) return high;
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  auto* one = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  one->offset = settings_.start_time_ms;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = rd_kafka_offsets_for_times(handle, list.get(), member_reach_ms);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = one->err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fail(ErrorCode::unavailable, "{}[{}]: {}", partition.topic, partition.partition, rd_kafka_err2str(error));
  return one->offset < 0 ? high : one->offset;  // All is older.
}

void GroupConsumer::report(const Position& learned, SourceStatus& out) const {
  out.type = "kafka";
  if (!client_) return;
  out.connected = client_->health().connected();
  out.problem = out.connected ? problem_ : client_->health().problem();
  out.rebalances = rebalances_;
  out.losses = losses_;
  out.lost_records = lost_records_;
  out.loss = loss_;
  out.caught_up = out.connected && !partitions_.empty();
  for (const auto& [key, partition] : partitions_) {
    PartitionStatus status{key.first, key.second, partition.first, {}, {}};
    if (const auto* at = learned.find(key.first, key.second)) status.next = at->next;
    std::int64_t low = 0;
    std::int64_t high = -1;
    rd_kafka_get_watermark_offsets(client_->handle(), key.first.c_str(), key.second, &low, &high);
    const bool all_learned = partition.at_end && status.next >= partition.next;  // Behind it are markers of transactions, if anything.
    if (all_learned || high >= 0) status.lag_records = all_learned ? 0 : std::max<std::int64_t>(high - status.next, 0);
    if (status.lag_records == 0) {
      status.lag_seconds = 0;
    } else if (partition.last_timestamp_ms > 0) {
      status.lag_seconds = static_cast<double>(std::max<std::int64_t>(now_ms() - partition.last_timestamp_ms, 0)) / 1000;
    }
    out.caught_up = out.caught_up && all_learned;
    out.partitions.push_back(std::move(status));
  }
}

// librdkafka waits in there for brokers that may be gone.
void GroupConsumer::close() {
  if (!client_) return;
  forget_batch();
  auto* handle = client_->handle();
  if (!partitions_.empty()) member_.revoked(rd_kafka_assignment_lost(handle) != 0);
  partitions_.clear();
  *closing_ = true;
  std::promise<void> done;
  const auto closed = done.get_future();
  std::thread([handle, done = std::move(done)]() mutable {
    rd_kafka_consumer_close(handle);
    done.set_value();
  }).detach();
  Client::end(std::move(client_), closed.wait_for(close_patience) == std::future_status::ready);
}

}  // namespace rekindle::kafka
