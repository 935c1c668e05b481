// LabelJoin: samples that wait for their label and labels that wait for their sample, joined by id.
//
// A pure state machine, bounded in bytes and in event time. Event time is the latest that any record brought; it never goes back. What
// is kept of a sample is the caller's bytes; here they are only counted.
//
//   sample, then label       matched, within `timeout_ms` of the sample
//   label, then sample       the label waits as long, then it is unmatched; the sample takes it when it comes
//   a label twice            the first counts, the second is a duplicate; so is one for a sample that had its label itself
//   no label                 the sample's time is up: it is let go, or handed out to be learned as the class of `on_timeout`
//   a label after that       late; what was learned as `on_timeout` is handed out once more, for as long again
//
// An id is known for `timeout_ms` after it was settled, so that a duplicate is told from an early label. Where the bytes do not
// suffice, settled ids go first, then what has waited longest, and each is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "data/status.hpp"
#include "learner/spec.hpp"

namespace rekindle {

class LabelJoin {
 public:
  explicit LabelJoin(const LateLabelSpec& spec)
      : timeout_ms_(spec.timeout_ms), limit_(spec.bytes), learns_timed_out_(spec.on_timeout.has_value()) {}

  // Event time, ms; 0: the record had none.
  void advance(std::int64_t time_ms);

  // The next sample whose time is up, after `advance`; call until there is none. Its bytes stay valid until the next call of anything.
  struct TimedOut {
    bool learn = false;  // As `on_timeout`.
    std::int64_t time_ms = 0;
    std::span<const std::byte> sample;
  };
  [[nodiscard]] std::optional<TimedOut> next_timed_out();

  // The label that came before its sample, if there is one; the id is settled then.
  [[nodiscard]] std::optional<double> take_label(std::string_view id, std::int64_t time_ms);
  // The id has its label.
  void settle(std::string_view id);
  // Keeps the sample. False: another of this id was there before.
  [[nodiscard]] bool hold(std::string_view id, std::int64_t time_ms, std::span<const std::byte> sample);
  // How many samples were let go for want of room since the last call.
  [[nodiscard]] std::uint64_t take_evicted();

  enum class Came : std::uint8_t { matched, late, waits, duplicate };
  struct Match {
    Came came = Came::waits;
    std::int64_t time_ms = 0;       // The sample's, as far as it is known.
    std::vector<std::byte> sample;  // Of `matched`; of `late` where it was learned as `on_timeout`, else empty.
  };
  [[nodiscard]] Match take(std::string_view id, std::int64_t time_ms, double target);
  // A label that means nothing here.
  void count_unusable() { ++labels_[unusable]; }

  // Samples are of other features from now on. How many were let go.
  std::uint64_t let_samples_go();

  void report(LateLabelStatus& out) const;

  // What the hash of the state covers; event times are apart, as a file may have none.
  void save(ByteWriter& out) const;
  void save_times(ByteWriter& out) const;
  void load(ByteReader& in);
  void load_times(ByteReader& in);  // After `load`.

 private:
  enum class Kind : std::uint8_t { sample, label, had_label, let_go, learned };  // The last three are settled.
  enum Count : std::uint8_t { matched, late, unmatched, duplicate, unusable };
  enum Unlabelled : std::uint8_t { timed_out, evicted, repeated };
  struct Entry {
    Kind kind = Kind::sample;
    std::uint64_t sequence = 0;
    std::int64_t time_ms = 0;  // Of the sample, of the label, or when it was settled.
    double target = 0;         // Of a label that waits.
    std::vector<std::byte> sample = {};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  struct Place {
    std::int64_t time_ms = 0;
    std::uint64_t sequence = 0;
    Entries::iterator entry;
    bool operator<(const Place& other) const { return time_ms != other.time_ms ? time_ms < other.time_ms : sequence < other.sequence; }
  };
  using Queue = std::set<Place>;

  [[nodiscard]] static bool is_settled(Kind kind) { return kind >= Kind::had_label; }
  [[nodiscard]] Queue& queue_of(Kind kind) { return is_settled(kind) ? settled_ : waiting_; }
  [[nodiscard]] static std::uint64_t cost(Entries::const_iterator at);
  [[nodiscard]] bool is_up(const Queue& queue) const;
  void insert(std::string_view id, Entry entry);
  void enqueue(Entries::iterator at);
  void dequeue(Entries::iterator at);
  void erase(Entries::iterator at);
  // As another kind, at the present.
  void resettle(Entries::iterator at, Kind kind, bool keeps_sample);
  void make_room();
  void observe_delay(std::int64_t sample_ms, std::int64_t label_ms);
  [[nodiscard]] std::vector<Entries::const_iterator> in_order() const;

  std::int64_t timeout_ms_;
  std::uint64_t limit_;
  bool learns_timed_out_;

  Entries entries_;
  Queue waiting_;
  Queue settled_;
  std::int64_t now_ms_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t bytes_ = 0;
  std::array<std::uint64_t, 5> kinds_{};  // How many entries are of each kind.
  std::uint64_t evicted_ = 0;             // Since `take_evicted`; nothing of it between two records.
  std::array<std::uint64_t, late_label_names.size()> labels_{};
  std::array<std::uint64_t, unlabelled_names.size()> unlabelled_{};
  std::array<std::uint64_t, label_delay_bounds.size() + 1> delays_{};
  double delay_sum_seconds_ = 0;
};

}  // namespace rekindle
