// From a record produced to its prediction seen, at 10,000 records a second, beside an echo: a consumer that produces what it gets.
// Both have the same settings of librdkafka; who reads the answers is the same for both.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
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

constexpr std::uint64_t per_second = 10'000;
constexpr std::uint64_t warm_up = per_second;  // Records that do not count.
constexpr std::chrono::seconds patience{60};

struct Percentiles {
  double p50_ms = 0;
  double p99_ms = 0;
};

// One partition and one producer: the offset of a record is its index.
class Stream {
 public:
  Stream(KafkaBroker& broker, int number, std::uint64_t records) : broker_(broker), sent_(records), seen_(records) {
    source_ = fmt::format("live-{}", number);
    answers_ = fmt::format("answers-{}", number);
    broker.create_topic(source_);
    broker.create_topic(answers_);
  }
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] const std::string& answers() const { return answers_; }

  Percentiles measure() {
    std::thread reader([this] { read_answers(); });
    while (!reading_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    produce_at_its_pace();
    reader.join();
    std::vector<double> each;
    for (std::size_t i = warm_up; i < sent_.size(); ++i)
      each.push_back(std::chrono::duration<double, std::milli>(seen_[i] - sent_[i]).count());
    std::ranges::sort(each);
    return {each[each.size() / 2], each[each.size() * 99 / 100]};
  }

 private:
  // Every millisecond ten records; where the machine was late it catches up, and the time counts from when a record was due.
  void produce_at_its_pace() {
    rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", broker_.address()}, {"linger.ms", "1"}, {"acks", "1"}});
    SampleTexts texts;
    const auto begun = Clock::now();
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      sent_[i] = begun + std::chrono::milliseconds(i * 1000 / per_second);
      std::this_thread::sleep_until(sent_[i]);
      send(producer, source_, {}, texts.next());
      if (i % 10 == 0) rd_kafka_poll(producer, 0);
    }
    close_producer(producer);
  }

  void read_answers() {
    rd_kafka_t* consumer = consumer_at(broker_.address(), answers_, 0);
    std::size_t left = seen_.size();
    auto last = Clock::now();
    while (left > 0) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
      reading_ = true;
      if (Clock::now() - last > patience) give_up(fmt::format("{} answers did not come", left));
      if (message == nullptr) continue;
      last = Clock::now();
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && take(*message, last)) --left;
      rd_kafka_message_destroy(message);
    }
    close_consumer(consumer);
  }

  // The key ends with the offset of the record that is answered.
  bool take(const rd_kafka_message_t& message, Clock::time_point now) {
    const std::string key(static_cast<const char*>(message.key), message.key_len);
    const auto offset = std::strtoull(key.c_str() + key.rfind('/') + 1, nullptr, 10);
    if (offset >= seen_.size() || seen_[offset] != Clock::time_point()) return false;
    seen_[offset] = now;
    return true;
  }

  KafkaBroker& broker_;
  std::string source_;
  std::string answers_;
  std::atomic<bool> reading_ = false;
  std::vector<Clock::time_point> sent_;
  std::vector<Clock::time_point> seen_;
};

Percentiles echo(const std::string& brokers, Stream& stream, const std::string& linger) {
  std::atomic<bool> over = false;
  std::thread echo([&] {
    rd_kafka_t* consumer = consumer_at(brokers, stream.source(), 0);
    rd_kafka_t* producer =
        client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"linger.ms", linger}, {"acks", "all"}, {"enable.idempotence", "true"}});
    while (!over) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        send(producer, stream.answers(), fmt::format("{}/0/{}", stream.source(), message->offset),
             {static_cast<const char*>(message->payload), message->len});
      rd_kafka_message_destroy(message);
      rd_kafka_poll(producer, 0);
    }
    close_producer(producer);
    close_consumer(consumer);
  });
  const auto found = stream.measure();
  over = true;
  echo.join();
  return found;
}

Percentiles ours(const std::string& program, const std::string& brokers, Stream& stream, const std::string& linger) {
  const TemporaryFolder folder;
  const auto more = fmt::format("[kafka.properties]\n\"linger.ms\" = {}\n[output]\npredictions = \"{}\"\n", linger, stream.answers());
  Daemon daemon(program, folder, configuration(brokers, stream.source(), more));
  const auto found = stream.measure();
  daemon.process().end();
  return found;
}

}  // namespace

int latency(const std::string& program, std::uint64_t seconds, std::size_t rounds) {
  KafkaBroker broker;
  int number = 0;
  for (const std::string linger : {"5", "1"}) {
    std::map<std::string, std::vector<double>> found;
    const auto add = [&](const std::string& who, const Percentiles& each) {
      found[who + " p50"].push_back(each.p50_ms);
      found[who + " p99"].push_back(each.p99_ms);
    };
    for (std::size_t i = 0; i < rounds; ++i) {
      for (const bool first : {true, false}) {
        Stream stream(broker, number++, warm_up + per_second * seconds);
        if (first == (i % 2 == 0)) {
          add("echo", echo(broker.address(), stream, linger));
        } else {
          add("rekindle", ours(program, broker.address(), stream, linger));
        }
      }
    }
    for (const auto& [what, each] : found) print(fmt::format("linger.ms = {}, {}, ms", linger, what), each, 2);
    for (const std::string what : {"p50", "p99"}) {
      std::vector<double> ratios;
      for (std::size_t i = 0; i < rounds; ++i) ratios.push_back(found["rekindle " + what][i] / found["echo " + what][i]);
      print(fmt::format("linger.ms = {}, rekindle / echo, {}", linger, what), ratios, 2);
    }
  }
  return 0;
}

}  // namespace rekindle::bench
