// Samples without labels and, on a topic of their own, their labels: up to an hour of event time later.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {

inline constexpr std::int64_t first_ms = 1'700'000'000'000;
inline constexpr std::int64_t step_ms = 300;  // Between two samples: 40,000 are more than three hours.
inline constexpr std::int64_t hour_ms = 3'600'000;

// Samples without labels, and their labels: 5 % never come, 5 % come twice, all within the hour.
struct LateStream {
  std::vector<Record> samples;
  std::vector<Record> labels;
  std::int64_t matched = 0;
  std::int64_t duplicate = 0;
  std::int64_t never = 0;

  explicit LateStream(std::size_t count, std::uint64_t seed = 31) {
    std::minstd_rand random(static_cast<unsigned>(seed));
    const auto lines = drifting_stream(count, seed);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = lines[i].rfind(",\"y\":");
      const auto time = first_ms + step_ms * static_cast<std::int64_t>(i);
      samples.push_back({.value = fmt::format("{},\"id\":\"{}\",\"y\":null}}", lines[i].substr(0, at), i), .timestamp_ms = time});
      const auto kind = random() % 100;
      if (kind < 5) {
        ++never;
        continue;
      }
      const auto label = fmt::format("{{\"id\":\"{}\"{}", i, lines[i].substr(at));
      const auto delay = static_cast<std::int64_t>(random() % (hour_ms + 1));
      labels.push_back({.value = label, .timestamp_ms = time + delay});
      ++matched;
      if (kind >= 10) continue;
      // Some time later; an id is known for an hour after its label.
      labels.push_back({.value = label, .timestamp_ms = time + delay + static_cast<std::int64_t>(random() % hour_ms)});
      ++duplicate;
    }
    std::ranges::stable_sort(labels, {}, &Record::timestamp_ms);
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(samples.size() + labels.size()); }
};

inline void expect_exact(const boost::json::value& labels, const LateStream& stream) {
  EXPECT_EQ(whole_at(labels, "/matched"), stream.matched);
  EXPECT_EQ(whole_at(labels, "/duplicate"), stream.duplicate);
  EXPECT_EQ(whole_at(labels, "/late"), 0);
  EXPECT_EQ(whole_at(labels, "/unmatched"), 0);
  EXPECT_EQ(whole_at(labels, "/evicted"), 0);
  EXPECT_EQ(whole_at(labels, "/timed_out") + whole_at(labels, "/waiting"), stream.never);
}

}  // namespace rekindle::system_test
