#include "bench/kafka/bare.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <simdjson.h>

#include <Eigen/Core>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

rd_kafka_t* client(rd_kafka_type_t type, std::initializer_list<std::pair<const char*, std::string>> settings) {
  std::array<char, 512> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) give_up(reason.data());
  }
  rd_kafka_t* made = rd_kafka_new(type, conf, reason.data(), reason.size());
  if (made == nullptr) give_up(reason.data());
  return made;
}

// All of one partition, batch by batch; checksums are verified and the queue is as deep as the daemon has it: with librdkafka's own
// settings a loop that empties its queue waits up to a second for the next fetch.
double consume(const std::string& brokers, const std::string& topic, std::uint64_t records, const auto& take) {
  rd_kafka_t* consumer = client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                    {"group.id", "bare"},
                                                    {"enable.auto.commit", "false"},
                                                    {"check.crcs", "true"},
                                                    {"queued.min.messages", "10000000"},
                                                    {"queued.max.messages.kbytes", "65536"},
                                                    {"fetch.message.max.bytes", "8388608"},
                                                    {"auto.offset.reset", "earliest"}});
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = 0;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> batch(1000);
  std::uint64_t seen = 0;
  Clock::time_point begun;
  while (seen < records) {
    const auto count = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    if (count < 0) give_up("consuming failed");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const auto* message = batch[i];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_message_errstr(message));
      if (seen++ == 0) begun = Clock::now();
      take(std::string_view(static_cast<const char*>(message->payload), message->len));
      rd_kafka_message_destroy(batch[i]);
    }
  }
  const auto seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return static_cast<double>(seen) / seconds;
}

class Adam {
 public:
  double update(const Eigen::ArrayXf& x, float target) {
    const auto score = static_cast<double>((weights_ * x).sum());
    const double small = std::exp(-std::abs(score));
    const double probability = (score >= 0 ? 1 : small) / (1 + small);
    gradient_ = (static_cast<float>(probability) - target) * x;
    power1_ *= 0.9;
    power2_ *= 0.999;
    mean_ = 0.9F * mean_ + 0.1F * gradient_;
    square_ = 0.999F * square_ + 0.001F * gradient_ * gradient_;
    const auto size = static_cast<float>(0.001 / (1 - power1_));
    const auto root = static_cast<float>(1 / std::sqrt(1 - power2_));
    weights_ -= size * mean_ / (square_.sqrt() * root + 1e-8F);
    return std::max(score, 0.0) - score * static_cast<double>(target) + std::log1p(small);
  }

 private:
  Eigen::ArrayXf weights_ = Eigen::ArrayXf::Zero(features + 1);
  Eigen::ArrayXf mean_ = Eigen::ArrayXf::Zero(features + 1);
  Eigen::ArrayXf square_ = Eigen::ArrayXf::Zero(features + 1);
  Eigen::ArrayXf gradient_;
  double power1_ = 1;
  double power2_ = 1;
};

}  // namespace

void produce(const std::string& brokers, const std::string& topic, std::uint64_t records) {
  rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                    {"compression.type", "lz4"},
                                                    {"linger.ms", "50"},
                                                    {"batch.num.messages", "5000"},
                                                    {"queue.buffering.max.messages", "200000"}});
  std::mt19937_64 draw(1);
  std::normal_distribution<double> normal;
  std::array<double, features> weights{};
  for (auto& weight : weights) weight = normal(draw);
  std::string text;
  for (std::uint64_t i = 0; i < records; ++i) {
    text = "{";
    double score = normal(draw);
    for (int j = 0; j < features; ++j) {
      const double x = normal(draw);
      score += weights[static_cast<std::size_t>(j)] * x;
      text += fmt::format("\"x{}\":{:.9f},", j, x);
    }
    text += fmt::format("\"y\":{}}}", score > 0 ? 1 : 0);
    while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(text.data(), text.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
      rd_kafka_poll(producer, 10);
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  if (rd_kafka_flush(producer, 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) give_up("not everything was written");
  rd_kafka_destroy(producer);
}

double count_only(const std::string& brokers, const std::string& topic, std::uint64_t records) {
  std::uint64_t bytes = 0;
  const double rate = consume(brokers, topic, records, [&](std::string_view payload) { bytes += payload.size(); });
  if (bytes == 0) give_up("empty records");
  return rate;
}

double learn(const std::string& brokers, const std::string& topic, std::uint64_t records) {
  namespace od = simdjson::ondemand;
  od::parser parser;
  std::string padded(4096, ' ');
  std::vector<std::string> names;
  for (int j = 0; j < features; ++j) names.push_back(fmt::format("x{}", j));
  Eigen::ArrayXf x = Eigen::ArrayXf::Ones(features + 1);
  Adam adam;
  double loss = 0;
  const double rate = consume(brokers, topic, records, [&](std::string_view payload) {
    std::memcpy(padded.data(), payload.data(), payload.size());
    auto document = parser.iterate(padded.data(), payload.size(), padded.size());
    auto object = document.get_object();
    for (int j = 0; j < features; ++j) x(j) = static_cast<float>(object[names[static_cast<std::size_t>(j)]].get_double().value());
    loss += adam.update(x, static_cast<float>(object["y"].get_double().value()));
  });
  if (!(loss / static_cast<double>(records) < 0.6)) give_up("nothing was learned");
  return rate;
}

}  // namespace rekindle::bench
