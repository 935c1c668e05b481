#include "connectors/kafka/partition_reading.hpp"

#include "connectors/kafka/patience.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto silence_patience = 3s;
constexpr int the_partition = 0;

std::unique_ptr<Client> make_reader(const ReadingSettings& settings, const char* isolation, const char* reset) {
  ClientOptions options;
  // A topic that was made a moment ago shows soon. What is read is mostly old states: no 64 MB of them at once, which malloc would keep.
  options.defaults = {{"topic.metadata.refresh.interval.ms", "2000"}, {"queued.max.messages.kbytes", "16384"}};
  options.fixed = {{"group.id", settings.group},          {"enable.auto.commit", "false"},
                   {"enable.auto.offset.store", "false"}, {"auto.offset.reset", reset},
                   {"enable.partition.eof", "true"},      {"isolation.level", isolation},
                   {"allow.auto.create.topics", "false"}, {"check.crcs", "true"}};
  auto client = Client::make(settings.kafka, std::move(options));
  if (!client) return nullptr;  // The properties were checked before.
  rd_kafka_poll_set_consumer((*client)->handle());
  return *std::move(client);
}

// Up to `high`, which a reader that sees uncommitted records has told. One that does not see them comes to an end before where a
// transaction is still open; what that one holds may be the newest state, so nothing is read before it has ended.
Status read_all(const Reader& reader, const ReadingSettings& settings, const std::string& topic, std::int64_t low, std::int64_t high,
                const std::function<void(const rd_kafka_message_t&)>& take) {
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), the_partition)->offset = low;
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
      take(*message);
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

Reader::Reader(const ReadingSettings& settings, const char* isolation, const char* reset)
    : client_(make_reader(settings, isolation, reset)) {}

Reader::~Reader() {
  if (client_) Client::end(std::move(client_), close_consumer(client_->handle(), 2s));
}

std::string Reader::problem(rd_kafka_resp_err_t error) const {
  const auto problem = client_->health().problem();
  return problem.empty() ? rd_kafka_err2str(error) : problem;
}

Result<bool> read_to_end(const ReadingSettings& settings, const std::string& topic,
                         const std::function<void(const rd_kafka_message_t&)>& take) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  {
    const Reader bounds(settings, "read_uncommitted");
    if (!bounds.usable()) return fail(ErrorCode::internal, "no reader for topic \"{}\"", topic);
    const auto error = rd_kafka_query_watermark_offsets(bounds.handle(), topic.c_str(), the_partition, &low, &high, reach_ms);
    const bool missing = error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (missing) return false;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return fail(ErrorCode::unavailable, "topic \"{}\" cannot be read: {}", topic, bounds.problem(error));
  }
  if (low >= high) return true;
  const Reader reader(settings, "read_committed");
  if (!reader.usable()) return fail(ErrorCode::internal, "no reader for topic \"{}\"", topic);
  if (auto status = read_all(reader, settings, topic, low, high, take); !status) return tl::unexpected(status.error());
  return true;
}

}  // namespace rekindle::kafka
