#include "bench/kafka/bare.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <Eigen/Core>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "bench/kafka/clients.hpp"

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;

// All of one partition, batch by batch.
double consume(const std::string& brokers, const std::string& topic, std::uint64_t records, const auto& take) {
  rd_kafka_t* consumer = consumer_at(brokers, topic, 0);
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
  close_consumer(consumer);
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

SampleTexts::SampleTexts() {
  for (auto& weight : weights_) weight = normal_(draw_);
}

const std::string& SampleTexts::next() {
  text_ = "{";
  double score = normal_(draw_);
  for (int j = 0; j < features; ++j) {
    const double x = normal_(draw_);
    score += weights_[static_cast<std::size_t>(j)] * x;
    text_ += fmt::format("\"x{}\":{:.9f},", j, x);
  }
  text_ += fmt::format("\"y\":{}}}", score > 0 ? 1 : 0);
  return text_;
}

void produce(const std::string& brokers, const std::string& topic, std::uint64_t records) {
  rd_kafka_t* producer = client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                    {"compression.type", "lz4"},
                                                    {"linger.ms", "50"},
                                                    {"batch.num.messages", "5000"},
                                                    {"queue.buffering.max.messages", "200000"}});
  SampleTexts texts;
  for (std::uint64_t i = 0; i < records; ++i) {
    send(producer, topic, {}, texts.next());
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  close_producer(producer);
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
