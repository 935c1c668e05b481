// The bare loops of `./dev bench kafka`: what librdkafka and simdjson cost by themselves, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>

namespace rekindle::bench {

constexpr int features = 8;

// JSON objects of about 150 bytes, the same ones each time, with features x0 ... x7 and a label y.
class SampleTexts {
 public:
  SampleTexts();
  [[nodiscard]] const std::string& next();

 private:
  std::mt19937_64 draw_{1};
  std::normal_distribution<double> normal_;
  std::array<double, features> weights_{};
  std::string text_;
};

// Writes so many of them, lz4.
void produce(const std::string& brokers, const std::string& topic, std::uint64_t records);

// Records a second, from the first record to the last of `records`.
[[nodiscard]] double count_only(const std::string& brokers, const std::string& topic, std::uint64_t records);
// Polls, finds the fields with simdjson in their order, makes one step of Adam.
[[nodiscard]] double learn(const std::string& brokers, const std::string& topic, std::uint64_t records);

}  // namespace rekindle::bench
