// GroupRate: the one learning rate of a group, and the clock that it goes by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace rekindle::cluster {

// How far one worker has come, or the group: then it is the sum over its workers, and the latest event time.
struct GroupClock {
  std::uint64_t updates = 0;
  std::uint64_t samples = 0;  // Learned.
  std::int64_t time_ms = 0;

  friend bool operator==(const GroupClock&, const GroupClock&) = default;
  void save(ByteWriter& out) const {
    out.put(updates);
    out.put(samples);
    out.put(time_ms);
  }
  void load(ByteReader& in) {
    in.get_into(updates);
    in.get_into(samples);
    in.get_into(time_ms);
  }
};

// What the leader does to the rate. The schedule counts the group's steps, so a schedule means the same for one worker and
// for many.
class GroupRate {
 public:
  virtual ~GroupRate() = default;
  [[nodiscard]] virtual double rate(const GroupClock& now) const = 0;
  // Factor on the schedule, for the number of workers; the bounds hold all the same.
  virtual void set_scale(double scale) = 0;
  virtual void restart(const GroupClock& now, double warmup_updates) = 0;
  // False, and nothing done: the rate is at its bound already, or the factor is not above 1.
  [[nodiscard]] virtual bool bump(const GroupClock& now, double factor, double stretch) = 0;
  virtual void cut() = 0;  // A worker diverged.
  virtual void pin(std::optional<double> lr) = 0;
  // The mean loss of so many samples, for a schedule that follows it.
  virtual void observe_loss(double loss, std::uint64_t samples) = 0;
  virtual void save(ByteWriter& out) const = 0;
  virtual void load(ByteReader& in, const GroupClock& now) = 0;
};

}  // namespace rekindle::cluster
