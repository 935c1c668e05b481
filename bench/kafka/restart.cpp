// A start from a checkpoint of many weights: when the broker has been asked first, and when the first sample after it is learned and
// predicted. The record is there before the daemon is.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

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
constexpr const char* answers = "answers";

void produce_sparse(const std::string& brokers, int count) {
  rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}});
  for (int i = 0; i < count; ++i) {
    std::string text = i % 2 == 0 ? "1 |" : "-1 |";
    for (int j = 0; j < 30; ++j) text += fmt::format(" f{}:1.5", i * 30 + j);
    send(producer, topic, {}, text);
  }
  close_producer(producer);
}

// How many predictions are there, from `from` on; waits for one.
std::int64_t wait_for_answer(rd_kafka_t* reader) {
  while (true) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, 1000);
    if (message == nullptr) continue;
    const auto offset = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? message->offset : -1;
    rd_kafka_message_destroy(message);
    if (offset >= 0) return offset;
  }
}

std::string configuration_of(const std::string& brokers, std::uint64_t bits) {
  return fmt::format(
      "memory_limit = \"8 GiB\"\n[source]\ntopic = \"{}\"\nformat = \"vw\"\n[kafka]\nbrokers = \"{}\"\n[schema]\ntask = \"binary\"\n"
      "label = \"y\"\n[preprocess]\nhash_bits = {}\n[optimizer]\ntype = \"adagrad\"\n[learner]\nmode = \"single\"\n[output]\npredictions = "
      "\"{}\"\n[http]\n"
      "listen = \"127.0.0.1:0\"\n",
      topic, brokers, bits, answers);
}

}  // namespace

int restart(const std::string& program, std::uint64_t bits, std::size_t rounds) {
  KafkaBroker broker;
  broker.create_topic(topic);
  broker.create_topic(answers);
  const TemporaryFolder folder;
  const auto text = configuration_of(broker.address(), bits);
  std::vector<double> until_learned;
  std::string log;
  for (std::size_t i = 0; i <= rounds; ++i) {
    produce_sparse(broker.address(), 100);
    rd_kafka_t* reader = consumer_at(broker.address(), answers, broker.offsets(answers, 0).second);
    const auto begun = Clock::now();
    Daemon daemon(program, folder, text);
    wait_for_answer(reader);
    if (i > 0) until_learned.push_back(std::chrono::duration<double>(Clock::now() - begun).count());
    while (daemon.samples() < 100 * static_cast<double>(i + 1)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    daemon.process().end(SIGTERM, std::chrono::minutes(2));  // Saves.
    log = daemon.process().err();
    close_consumer(reader);
  }
  print(fmt::format("2^{} weights: seconds from the start of the process to the first prediction seen", bits), until_learned, 2);
  fmt::print("the log of the last start:\n{}\n", log);
  return 0;
}

}  // namespace rekindle::bench
