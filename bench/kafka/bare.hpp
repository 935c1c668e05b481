// The bare loops of `./dev bench kafka`: what librdkafka and simdjson cost by themselves, and nothing else.
#pragma once

#include <cstdint>
#include <string>

namespace rekindle::bench {

constexpr int features = 8;

// Writes so many records of about 150 bytes, lz4, with features x0 ... x7 and a label y.
void produce(const std::string& brokers, const std::string& topic, std::uint64_t records);

// Records a second, from the first record to the last of `records`.
[[nodiscard]] double count_only(const std::string& brokers, const std::string& topic, std::uint64_t records);
// Polls, finds the fields with simdjson in their order, makes one step of Adam.
[[nodiscard]] double learn(const std::string& brokers, const std::string& topic, std::uint64_t records);

}  // namespace rekindle::bench
