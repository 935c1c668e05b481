// LagPolicy: which records are left out while the daemon is too far behind, by `source.on_lag`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "app/configuration.hpp"
#include "connectors/source.hpp"
#include "data/status.hpp"

namespace rekindle {

// Records that are left out are not decoded; the position passes them, the journal does not name them, so that a replay that follows it
// leaves the same ones out. Labels that come later are never left out one by one, as each belongs to a sample.
class LagPolicy {
 public:
  explicit LagPolicy(const SourceConfiguration& source) : policy_(source.on_lag), limit_(source.lag_limit), k_(source.lag_k) {}

  // The lag as it is known now. What changed with it: nothing, or what is to be told.
  enum class Turn : std::uint8_t { none, begins, ends, jump };
  [[nodiscard]] Turn look(const SourceStatus& source);
  [[nodiscard]] std::int64_t lag() const { return lag_; }

  // While thinning out: whether this record is one to leave out. Of k consecutive offsets one is taken.
  [[nodiscard]] bool leaves_out(const RawRecord& record) {
    if (!thinning_ || record.offset % k_ == 0) return false;
    ++skipped_[one_in_k];
    return true;
  }
  // To the present ends: the new position; counts what lies between.
  [[nodiscard]] Position jump(const Position& position, const SourceStatus& source);

  [[nodiscard]] bool thinning() const { return thinning_; }
  [[nodiscard]] const std::array<std::uint64_t, lag_policy_names.size()>& skipped() const { return skipped_; }
  // By name, for the log and the topic of events.
  [[nodiscard]] const char* name() const { return lag_policy_names[policy_ == OnLag::skip_to_latest ? to_latest : one_in_k]; }

 private:
  static constexpr std::size_t one_in_k = 0;
  static constexpr std::size_t to_latest = 1;

  OnLag policy_;
  std::int64_t limit_;
  std::int64_t k_;
  std::int64_t lag_ = 0;
  bool thinning_ = false;
  std::array<std::uint64_t, lag_policy_names.size()> skipped_{};
};

}  // namespace rekindle
