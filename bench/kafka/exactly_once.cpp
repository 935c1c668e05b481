// Records a second where predictions, state and positions are one transaction, beside a bare loop that consumes, produces as many bytes
// and commits its position in transactions of as many records.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/kafka/bare.hpp"
#include "bench/kafka/benches.hpp"
#include "bench/kafka/clients.hpp"
#include "bench/kafka/daemon.hpp"
#include "tests/system/support/kafka_broker.hpp"

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;
using system_test::KafkaBroker;
using system_test::TemporaryFolder;

constexpr const char* topic = "bench";
constexpr std::uint64_t per_transaction = 50'000;
constexpr int call_ms = 30'000;
constexpr std::chrono::seconds settled{3};  // Without another commit.
// As long as a prediction of the daemon: {"prediction":"1","probabilities":{...},...}.
constexpr const char* answer =
    R"({{"prediction":"1","probabilities":{{"0":0.0123456789,"1":0.9876543211}},"model_version":{0},"topic":"bench","partition":0,"offset":{0}}})";

void check(rd_kafka_error_t* error) {
  if (error != nullptr) give_up(rd_kafka_error_string(error));
}

void commit(rd_kafka_t* producer, rd_kafka_t* consumer, std::int64_t next) {
  rd_kafka_topic_partition_list_t* offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, topic, 0)->offset = next;
  rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer);
  check(rd_kafka_send_offsets_to_transaction(producer, offsets, group, call_ms));
  rd_kafka_consumer_group_metadata_destroy(group);
  rd_kafka_topic_partition_list_destroy(offsets);
  check(rd_kafka_commit_transaction(producer, call_ms));
}

double bare(KafkaBroker& broker, const std::string& to, std::uint64_t records) {
  rd_kafka_t* consumer = consumer_at(broker.address(), topic, 0);
  rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", broker.address()},
                                                    {"transactional.id", to},
                                                    {"linger.ms", "5"},
                                                    {"compression.type", "lz4"},
                                                    {"queue.buffering.max.messages", "1000000"},
                                                    {"delivery.report.only.error", "true"}});
  check(rd_kafka_init_transactions(producer, call_ms));
  Clock::time_point begun;
  for (std::uint64_t seen = 0; seen < records;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
    if (message == nullptr) continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_message_errstr(message));
    if (seen == 0) begun = Clock::now();
    if (seen % per_transaction == 0) check(rd_kafka_begin_transaction(producer));
    send(producer, to, fmt::format("{}/0/{}", topic, message->offset), fmt::format(answer, message->offset));
    const auto next = message->offset + 1;
    rd_kafka_message_destroy(message);
    if (++seen % per_transaction == 0 || seen == records) commit(producer, consumer, next);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  close_producer(producer);
  close_consumer(consumer);
  return static_cast<double>(records) / seconds;
}

// A broker that has just become the group's coordinator does not know yet.
std::int64_t committed(KafkaBroker& broker, const std::string& group) {
  try {
    return broker.committed(group, topic, 0).value_or(0);
  } catch (const std::runtime_error&) {
    return 0;
  }
}

// From the first figures with samples to the last position that is committed by the count: what is left after it waits for the clock.
double ours(const std::string& program, KafkaBroker& broker, const std::string& to, std::uint64_t records) {
  const TemporaryFolder folder;
  const auto more = fmt::format(
      "{}[output]\npredictions = \"{}\"\ndelivery = \"exactly_once\"\n"
      "[checkpoint]\nstore = \"kafka\"\ntopic = \"{}-state\"\nevery = \"1h\"\nevery_samples = {}\n",
      lean, to, to, per_transaction);
  auto text = configuration(broker.address(), topic, more);
  const std::string source = fmt::format("topic = \"{}\"\n", topic);
  text.insert(text.find(source) + source.size(), fmt::format("group = \"{}\"\n", to));
  Daemon daemon(program, folder, text);
  double first = 0;
  while (first == 0) first = daemon.samples();
  const auto begun = Clock::now();
  auto then = begun;
  std::int64_t last = 0;
  while (daemon.samples() < static_cast<double>(records) || Clock::now() - then < settled) {
    if (!daemon.process().running()) give_up("the daemon has ended: " + daemon.process().err());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto now = committed(broker, to);
    if (now != last) then = Clock::now();
    last = now;
  }
  const double seconds = std::chrono::duration<double>(then - begun).count();
  daemon.process().end();
  return (static_cast<double>(last) - first) / seconds;
}

}  // namespace

int exactly_once(const std::string& program, std::uint64_t records, std::size_t rounds) {
  if (records < 4 * per_transaction) give_up(fmt::format("at least {} records are needed", 4 * per_transaction));
  KafkaBroker broker;
  broker.create_topic(topic);
  produce(broker.address(), topic, records);
  std::vector<double> bares, our_rates, ratios;
  for (std::size_t i = 0; i < rounds; ++i) {
    for (const bool first : {true, false}) {
      const auto to = fmt::format("{}-{}", first == (i % 2 == 0) ? "bare" : "ours", i);
      broker.create_topic(to);
      if (first == (i % 2 == 0)) {
        bares.push_back(bare(broker, to, records));
      } else {
        our_rates.push_back(ours(program, broker, to, records));
      }
    }
    ratios.push_back(our_rates.back() / bares.back());
  }
  print("bare consume-produce-commit: records a second", bares, 0);
  print("rekindle, lean, exactly_once: records a second", our_rates, 0);
  print("rekindle / bare", ratios, 3);
  return 0;
}

}  // namespace rekindle::bench
