// IncidentLog: the incidents so far, and the one that is still open, followed until the loss is back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "data/incident.hpp"

namespace rekindle {

// An incident has recovered at the first sample whose fast loss (mean over about 50) is at most 1.1 times the loss before
// the drift. A new incident closes an open one as it stands.
class IncidentLog {
 public:
  void open(Incident incident, std::uint64_t labelled);

  // The recovered incident, at the sample where it recovers.
  [[nodiscard]] const Incident* observe(double fast_loss, std::uint64_t labelled);

  // What kind the newest has turned out to be, unless it is known to be a recurring one.
  void revise_kind(const char* kind);
  // Null: it was never opened, or is too old to be kept.
  [[nodiscard]] Incident* find(std::uint64_t id);
  [[nodiscard]] const std::vector<Incident>& newest() const { return newest_; }  // At most `kept`, the newest last.
  [[nodiscard]] std::uint64_t total() const { return total_; }
  // Labelled samples since the newest was opened, where something was done about it or is on trial.
  [[nodiscard]] std::optional<std::uint64_t> since_answered(std::uint64_t labelled) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);
  // Event times and what was tried, apart because they are no part of the state's hash. Loaded after the rest.
  void save_times(ByteWriter& out) const;
  void load_times(ByteReader& in);
  // What was forgotten, apart for the same reason.
  void save_forgetting(ByteWriter& out) const;
  void load_forgetting(ByteReader& in);

  static constexpr std::size_t kept = 1000;

 private:
  std::vector<Incident> newest_;
  std::uint64_t total_ = 0;
  std::uint64_t opened_at_ = 0;  // Labelled samples before the newest.
  bool open_ = false;            // The newest has not recovered yet.
};

}  // namespace rekindle
