// RecordingPass: the records of a recording, one after the other, through a session; the path of `replay`, `compare` and `lr-find`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/decode_ahead.hpp"
#include "app/pace.hpp"
#include "app/progress.hpp"
#include "app/session.hpp"
#include "connectors/source.hpp"
#include "data/position.hpp"

namespace rekindle {

struct RecordingPassOptions {
  std::string from;
  std::int64_t offset = 0;    // Of the first record.
  std::uint64_t samples = 0;  // At most; 0: all.
  std::string what = "replay";
  std::optional<double> speed = {};  // Times as fast as by event time; nothing: as fast as it goes.
};

// Learners that go along: they get what the session's learner gets, a batch at a time.
class BatchFollower {
 public:
  virtual ~BatchFollower() = default;
  // The session's learner is at `records`' beginning when this is called, and learns them after it.
  virtual void follow(std::span<const DecodedRecord> records) = 0;
};

// The records from `offset` on, through the same path as the daemon's. Unusable ones are only counted.
class RecordingPass {
 public:
  RecordingPass(RecordingPassOptions options, const SourceConfiguration& configuration, Session& session, ErrorBudget& budget);

  // Until the end, or as many records as were asked for. ErrorCode::interrupted after a signal.
  [[nodiscard]] Status run();

  // For records behind the first usable one; those before it are seen by a SampleObserver of the session.
  void let_follow(BatchFollower& follower) { follower_ = &follower; }

  // Where the next record would be.
  [[nodiscard]] Position position() const;

 private:
  [[nodiscard]] Result<bool> begin(SampleSource& source);
  [[nodiscard]] Status learn_ahead(SampleSource& source);
  // Where a record was. The topic is a file's name, or that of a recorded topic.
  struct At {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  void count(bool learned, const At& at);
  void settle(Position& position) const { position.set(last_.topic, last_.partition, last_.offset + 1); }
  [[nodiscard]] bool full() const { return options_.samples != 0 && taken_ >= options_.samples; }

  RecordingPassOptions options_;
  const SourceConfiguration& configuration_;
  Session& session_;
  ErrorBudget& budget_;
  BatchFollower* follower_ = nullptr;
  std::unique_ptr<SampleSource> source_;
  Position position_;  // Of all partitions but that of the last record.
  At last_;
  std::uint64_t taken_ = 0;
  std::optional<Pace> pace_;
  Progress progress_;
};

}  // namespace rekindle
