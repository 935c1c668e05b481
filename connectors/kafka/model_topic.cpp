#include "connectors/kafka/model_topic.hpp"

#include <array>
#include <map>
#include <set>
#include <vector>

#include <fmt/ranges.h>

#include "base/hash.hpp"
#include "connectors/kafka/client.hpp"
#include "connectors/kafka/record_headers.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto look_every = 2s;
constexpr int answer_ms = 1000;

constexpr int model_partition = 0;
constexpr std::string_view prefix = "model/";
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;
constexpr std::uint64_t most_pieces = 1 << 20;

std::uint64_t checksum_of(std::string_view file) { return hash64(std::as_bytes(std::span(file.data(), file.size()))); }

// What a piece says of its model; two of the same model say the same.
struct Whole {
  std::uint64_t version = 0;
  std::uint64_t pieces = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
  auto operator<=>(const Whole&) const = default;
};

struct Slot {
  Whole whole;
  std::map<std::uint64_t, std::string> pieces;
};

}  // namespace

void add_model(std::string_view file, std::uint64_t version, const std::string& topic, const std::string& group, unsigned slot,
               OutputBatch& out, std::size_t piece_bytes) {
  const auto count = std::max<std::size_t>(1, (file.size() + piece_bytes - 1) / piece_bytes);
  const auto number = [](auto value) { return fmt::format("{}", value); };
  std::array<OutputHeader, 5> headers = {{{"rekindle.model.version", number(version)},
                                          {"rekindle.model.piece", ""},
                                          {"rekindle.model.pieces", number(count)},
                                          {"rekindle.model.bytes", number(file.size())},
                                          {"rekindle.model.checksum", number(checksum_of(file))}}};
  for (std::size_t piece = 0; piece < count; ++piece) {
    headers[1].value = number(piece);
    const auto key = fmt::format("{}{}/{}/{}", prefix, slot, piece, group);
    out.add({topic, key, file.substr(piece * piece_bytes, piece_bytes), headers, model_partition});
  }
}

class ModelTopic::Reader {
 public:
  explicit Reader(ModelTopicSettings settings) : settings_(std::move(settings)) {}
  ~Reader() {
    if (client_) Client::end(std::move(client_), close_consumer(client_->handle(), 2s));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] Status connect() {
    ClientOptions options;
    options.defaults = {{"topic.metadata.refresh.interval.ms", "5000"}};
    options.fixed = {{"group.id", "rekindle-serve"},        {"enable.auto.commit", "false"},
                     {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "earliest"},
                     {"enable.partition.eof", "true"},      {"isolation.level", "read_committed"},
                     {"allow.auto.create.topics", "false"}, {"check.crcs", "true"}};
    auto client = Client::make(settings_.kafka, std::move(options));
    if (!client) return tl::unexpected(client.error());
    client_ = *std::move(client);
    rd_kafka_poll_set_consumer(client_->handle());
    const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), model_partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client_->handle(), list.get());
    return {};
  }

  [[nodiscard]] Result<std::optional<std::string>> next(std::chrono::milliseconds patience) {
    if (!at_end_ || !connected()) look();
    auto wait = static_cast<int>(patience.count());
    constexpr unsigned at_once = 1000;
    for (unsigned i = 0; i < at_once; ++i) {
      const MessageHolder message(rd_kafka_consumer_poll(client_->handle(), std::exchange(wait, 0)));
      if (!message) break;
      take(*message);
    }
    if (settings_.group.empty() && groups_.size() > 1)
      return fail(ErrorCode::data, "topic \"{}\" has the models of several groups ({}): name one", settings_.topic,
                  fmt::join(groups_, ", "));
    if (!at_end_ || !newest_) return std::nullopt;
    auto file = join(slots_[*std::exchange(newest_, std::nullopt)]);
    if (checksum_of(file.second) == file.first) return std::move(file.second);
    return fail(ErrorCode::io, "topic \"{}\": the pieces of a model do not make it, their checksum is another", settings_.topic);
  }

  [[nodiscard]] std::string problem() const {
    if (!connected()) return client_->health().problem().empty() ? "not connected yet" : client_->health().problem();
    if (!error_.empty()) return error_;
    if (!at_end_) return "reading the topic";
    return whole_seen_ ? "" : (slots_.empty() ? "there is no model in it yet" : "no model in it is whole");
  }
  [[nodiscard]] bool connected() const { return client_->health().connected(); }

 private:
  using Key = std::pair<std::string, std::string>;  // Group and slot.

  void take(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) at_end_ = true;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) return take_error(message.err);
    client_->health().reached();
    error_.clear();
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) take_piece(message);
  }

  void take_error(rd_kafka_resp_err_t error) {
    const bool missing = error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (missing) client_->health().reached();  // Somebody said so.
    error_ = missing ? fmt::format("there is no topic \"{}\"", settings_.topic)
                     : fmt::format("topic \"{}\": {}", settings_.topic, rd_kafka_err2str(error));
  }

  // A reader hears nothing of a topic that is not there, nor of a broker that is back and has nothing new.
  void look() {
    if (Clock::now() < next_look_) return;
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto error =
        rd_kafka_query_watermark_offsets(client_->handle(), settings_.topic.c_str(), model_partition, &low, &high, answer_ms);
    next_look_ = Clock::now() + look_every;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error == RD_KAFKA_RESP_ERR__TIMED_OUT ? void() : take_error(error);
    client_->health().reached();
    error_.clear();
  }

  void take_piece(const rd_kafka_message_t& message) {
    std::string_view key(static_cast<const char*>(message.key), message.key == nullptr ? 0 : message.key_len);
    if (!key.starts_with(prefix)) return;
    key.remove_prefix(prefix.size());
    const auto slash = key.find('/');
    const auto second = key.find('/', slash + 1);
    if (slash == std::string_view::npos || second == std::string_view::npos) return;
    const std::string group(key.substr(second + 1));
    if (!settings_.group.empty() && group != settings_.group) return;
    groups_.insert(group);
    const Whole whole{number_in(message, "rekindle.model.version"), number_in(message, "rekindle.model.pieces"),
                      number_in(message, "rekindle.model.bytes"), number_in(message, "rekindle.model.checksum")};
    const auto piece = number_in(message, "rekindle.model.piece");
    if (whole.pieces == 0 || whole.pieces > most_pieces || whole.bytes > most_bytes || piece >= whole.pieces) return;
    const Key place(group, key.substr(0, slash));
    auto& slot = slots_[place];
    if (slot.whole != whole) slot = {whole, {}};
    slot.pieces[piece].assign(static_cast<const char*>(message.payload), message.payload == nullptr ? 0 : message.len);
    if (slot.pieces.size() < whole.pieces) return;
    newest_ = place;
    whole_seen_ = true;
  }

  // The checksum that it should have, and the file; its pieces are gone then.
  static std::pair<std::uint64_t, std::string> join(Slot& slot) {
    std::string file;
    file.reserve(slot.whole.bytes);
    for (const auto& [number, piece] : slot.pieces) file += piece;
    slot.pieces.clear();
    return {slot.whole.checksum, std::move(file)};
  }

  const ModelTopicSettings settings_;
  Clock::time_point next_look_;
  std::unique_ptr<Client> client_;
  std::map<Key, Slot> slots_;
  std::optional<Key> newest_;
  std::set<std::string> groups_;
  std::string error_;
  bool at_end_ = false;
  bool whole_seen_ = false;
};

ModelTopic::ModelTopic(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
ModelTopic::~ModelTopic() = default;

Result<std::unique_ptr<ModelTopic>> ModelTopic::open(ModelTopicSettings settings) {
  auto reader = std::make_unique<Reader>(std::move(settings));
  if (auto status = reader->connect(); !status) return tl::unexpected(status.error());
  return std::unique_ptr<ModelTopic>(new ModelTopic(std::move(reader)));
}

Result<std::optional<std::string>> ModelTopic::next(std::chrono::milliseconds patience) { return reader_->next(patience); }
std::string ModelTopic::problem() const { return reader_->problem(); }
bool ModelTopic::connected() const { return reader_->connected(); }

}  // namespace rekindle::kafka
