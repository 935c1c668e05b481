#include "connectors/kafka/state_topic.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <thread>

#include "base/hash.hpp"
#include "connectors/kafka/topic_creation.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int reach_ms = 2000;
constexpr auto begin_patience = 2s;
constexpr auto create_patience = 3s;
constexpr auto silence_patience = 3s;
// Below what a topic takes by default, with room for the key and the headers.
constexpr std::size_t piece_bytes = 900'000;
constexpr int state_partition = 0;

// The group comes last: it may have any character.
constexpr std::string_view piece_prefix = "piece/";
std::string piece_key(std::size_t index, const std::string& group) { return fmt::format("{}{}/{}", piece_prefix, index, group); }
std::string last_key(const std::string& group) { return "state/" + group; }

std::unique_ptr<Client> make_reader(const StateTopicSettings& settings, const char* isolation) {
  ClientOptions options;
  options.fixed = {{"group.id", settings.group},          {"enable.auto.commit", "false"},
                   {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
                   {"enable.partition.eof", "true"},      {"isolation.level", isolation},
                   {"allow.auto.create.topics", "false"}, {"check.crcs", "true"}};
  auto client = Client::make(settings.kafka, std::move(options));
  if (!client) return nullptr;  // The properties were checked before.
  rd_kafka_poll_set_consumer((*client)->handle());
  return *std::move(client);
}

// Closes a consumer that is destroyed then, whatever happens in between.
class Reader {
 public:
  Reader(const StateTopicSettings& settings, const char* isolation) : client_(make_reader(settings, isolation)) {}
  ~Reader() {
    if (client_) Client::end(std::move(client_), close_consumer(client_->handle(), 2s));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] bool usable() const { return client_ != nullptr; }
  [[nodiscard]] rd_kafka_t* handle() const { return client_->handle(); }
  [[nodiscard]] std::string problem(rd_kafka_resp_err_t error) const {
    const auto problem = client_->health().problem();
    return problem.empty() ? rd_kafka_err2str(error) : problem;
  }

 private:
  std::unique_ptr<Client> client_;
};

std::uint64_t number_in(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  std::uint64_t number = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  const auto* text = static_cast<const char*>(value);
  std::from_chars(text, text + size, number);
  return number;
}

// The newest record of each key, put together at the end.
class Assembly {
 public:
  explicit Assembly(const std::string& group) : group_(group) {}

  void take(const rd_kafka_message_t& message) {
    const std::string_view key(static_cast<const char*>(message.key), message.key == nullptr ? 0 : message.key_len);
    if (key == last_key(group_)) {
      last_ = {number_in(message, "rekindle.sequence"), number_in(message, "rekindle.pieces"), number_in(message, "rekindle.bytes"),
               number_in(message, "rekindle.checksum")};
      return;
    }
    if (!key.starts_with(piece_prefix)) return;
    std::size_t index = 0;
    const auto* end = key.data() + key.size();
    const auto read = std::from_chars(key.data() + piece_prefix.size(), end, index);
    if (read.ec != std::errc() || key != piece_key(index, group_)) return;  // Another group's.
    const auto* bytes = static_cast<const std::byte*>(message.payload);
    pieces_[index] = {number_in(message, "rekindle.sequence"), std::vector<std::byte>(bytes, bytes + message.len)};
  }

  [[nodiscard]] Result<std::optional<StoredState>> whole() const {
    if (last_.sequence == 0) return std::nullopt;
    StoredState state{last_.sequence, {}};
    for (std::size_t i = 0; i < last_.pieces; ++i) {
      const auto piece = pieces_.find(i);
      if (piece == pieces_.end() || piece->second.sequence != last_.sequence)
        return fail(ErrorCode::data, "piece {} of {} of state {} is not there", i, last_.pieces, last_.sequence);
      state.bytes.insert(state.bytes.end(), piece->second.bytes.begin(), piece->second.bytes.end());
    }
    if (state.bytes.size() != last_.bytes || hash64(state.bytes) != last_.checksum)
      return fail(ErrorCode::data, "state {}: checksum does not match", last_.sequence);
    return state;
  }
  [[nodiscard]] std::size_t pieces() const { return pieces_.empty() ? 0 : pieces_.rbegin()->first + 1; }

 private:
  struct Last {
    std::uint64_t sequence = 0;
    std::uint64_t pieces = 0;
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
  };
  struct Piece {
    std::uint64_t sequence = 0;
    std::vector<std::byte> bytes;
  };
  const std::string& group_;
  Last last_;
  std::map<std::size_t, Piece> pieces_;
};

// Up to `high`, which a reader that sees uncommitted records has told. One that does not see them comes to an end before where a
// transaction is still open; what that one holds may be the newest state, so nothing is read before it has ended.
Status read_all(const Reader& reader, const StateTopicSettings& settings, std::int64_t low, std::int64_t high, Assembly& assembly) {
  const auto& topic = settings.topic;
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), state_partition)->offset = low;
  rd_kafka_assign(reader.handle(), list.get());
  auto deadline = Clock::now() + silence_patience;
  bool open = false;
  while (Clock::now() < deadline) {
    const MessageHolder message(rd_kafka_consumer_poll(reader.handle(), 100));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (message->offset >= high || settings.ends_at_last_stable_offset_for_test) return {};
      open = true;
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      assembly.take(*message);
      deadline = Clock::now() + silence_patience;
      if (message->offset + 1 >= high) return {};
    } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      break;  // Compaction has moved the beginning meanwhile.
    }
  }
  const auto why = open ? "a transaction in it is not finished yet" : reader.problem(RD_KAFKA_RESP_ERR__TIMED_OUT);
  return fail(ErrorCode::unavailable, "topic \"{}\" cannot be read to its end: {}", topic, why);
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
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client.handle(), /*all_topics=*/0, nullptr, &metadata, reach_ms);
  const MetadataHolder holder(metadata);
  rd_kafka_poll(client.handle(), 0);  // Errors of the connection.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto problem = client.health().problem();
    return fail(ErrorCode::unavailable, "{}", problem.empty() ? rd_kafka_err2str(error) : problem);
  }
  client.health().reached();
  if (created_) return {};
  TopicCreations creations;
  creations.ask(client, settings_.topic, 1, compacted_topic_config(), create_patience);
  if (!settings_.model_topic.empty()) creations.ask(client, settings_.model_topic, 1, compacted_topic_config(), create_patience);
  for (const auto& topic : settings_.output_topics) creations.ask(client, topic, partitions_by_the_broker, {}, create_patience);
  if (!settings_.dead_letter_topic.empty())
    creations.ask(client, settings_.dead_letter_topic, 1, dead_letter_topic_config(), create_patience);
  const auto deadline = Clock::now() + create_patience;
  while (!creations.empty() && Clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
    creations.read_answers(client, "TOPIC");
  }
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
  std::int64_t low = 0;
  std::int64_t high = 0;
  {
    const Reader bounds(settings_, "read_uncommitted");
    if (!bounds.usable()) return fail(ErrorCode::internal, "no reader for topic \"{}\"", settings_.topic);
    const auto error = rd_kafka_query_watermark_offsets(bounds.handle(), settings_.topic.c_str(), state_partition, &low, &high, reach_ms);
    const bool missing = error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (missing && !producer_) return fail(ErrorCode::data, "there is no topic \"{}\"", settings_.topic);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return fail(ErrorCode::unavailable, "topic \"{}\" cannot be read: {}", settings_.topic, bounds.problem(error));
  }
  if (low >= high) return std::nullopt;
  const Reader reader(settings_, "read_committed");
  if (!reader.usable()) return fail(ErrorCode::internal, "no reader for topic \"{}\"", settings_.topic);
  Assembly assembly(settings_.group);
  if (auto status = read_all(reader, settings_, low, high, assembly); !status) return tl::unexpected(status.error());
  pieces_ = assembly.pieces();
  auto state = assembly.whole();
  if (!state) return fail(state.error().code, "topic \"{}\", group \"{}\": {}", settings_.topic, settings_.group, state.error().message);
  return state;
}

Result<Position> StateTopic::committed() {
  const Reader reader(settings_, "read_committed");
  if (!reader.usable()) return fail(ErrorCode::internal, "no reader of offsets");
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(8));
  for (const auto& topic : settings_.source_topics) {
    const TopicHolder handle(rd_kafka_topic_new(reader.handle(), topic.c_str(), nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error = rd_kafka_metadata(reader.handle(), /*all_topics=*/0, handle.get(), &metadata, reach_ms);
    const MetadataHolder holder(metadata);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(ErrorCode::unavailable, "topic \"{}\": {}", topic, reader.problem(error));
    const int partitions = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    for (int i = 0; i < partitions; ++i) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i);
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

void StateTopic::add_pieces(std::uint64_t sequence, std::span<const std::byte> state, OutputBatch& batch) {
  const OutputHeader number{"rekindle.sequence", fmt::format("{}", sequence)};
  const auto checksum = hash64(state);
  const auto bytes = state.size();
  std::size_t count = 0;
  while (!state.empty()) {
    const auto piece = state.first(std::min(piece_bytes, state.size()));
    const std::string_view text(reinterpret_cast<const char*>(piece.data()), piece.size());
    batch.add({settings_.topic, piece_key(count++, settings_.group), text, std::span(&number, 1), state_partition});
    state = state.subspan(piece.size());
  }
  for (std::size_t i = count; i < pieces_; ++i) batch.add({settings_.topic, piece_key(i, settings_.group), {}, {}, state_partition});
  pieces_ = count;
  const std::vector<OutputHeader> headers = {number,
                                             {"rekindle.pieces", fmt::format("{}", count)},
                                             {"rekindle.bytes", fmt::format("{}", bytes)},
                                             {"rekindle.checksum", fmt::format("{}", checksum)}};
  batch.add({settings_.topic, last_key(settings_.group), "the pieces before belong together", headers, state_partition});
}

Status StateTopic::publish(std::uint64_t sequence, std::span<const std::byte> state, const Position& position, const OutputBatch& outputs) {
  OutputBatch pieces;
  add_pieces(sequence, state, pieces);
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
