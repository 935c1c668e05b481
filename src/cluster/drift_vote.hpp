// ErrorHistory: whether a worker's own error has risen, asked when another worker's detector has fired.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "cluster/replica.hpp"

namespace rekindle::cluster {

// Errors in blocks of 64. The recent ones, from 128 before a poll on, are tested against up to 2048 before them (two shares,
// p < 0.005), at the poll and at every block after it. 256 samples after the poll without a rise, the answer is no.
class ErrorHistory {
 public:
  static constexpr std::uint64_t block = 64;
  static constexpr std::size_t usual_blocks = 32;
  static constexpr std::size_t blocks_before_poll = 2;
  static constexpr std::size_t blocks_after_poll = 4;
  static constexpr double significant = 0.005;

  // After every sample; false: no block has ended.
  bool observe(const ErrorSums& sums);
  void begin_poll() { since_poll_ = 0; }
  // Nothing yet, or the answer to the poll that has begun.
  [[nodiscard]] std::optional<bool> answer();

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  [[nodiscard]] bool has_risen(std::size_t recent) const;
  std::deque<ErrorSums> ends_;             // Sums at the ends of the newest blocks.
  std::optional<std::size_t> since_poll_;  // Blocks.
};

}  // namespace rekindle::cluster
