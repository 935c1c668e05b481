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
#include "app/stretch.hpp"
#include "connectors/source.hpp"
#include "data/position.hpp"

namespace rekindle {

struct RecordingPassOptions {
  std::string from;
  Stretch stretch = {};
  std::string what = "replay";
  std::optional<double> speed = {};  // Times as fast as by event time; nothing: as fast as it goes.
  bool cache = false;                // Read the decoded samples beside the recording; make them first where they are not there.
};

// Learners in the place of the session's: it learns until the features are known, they take it from there, a batch at a time.
class BatchFollower {
 public:
  virtual ~BatchFollower() = default;
  virtual void follow(std::span<const DecodedRecord> records) = 0;
};

// The records of the stretch, through the same path as the daemon's. Unusable ones are only counted.
class RecordingPass {
 public:
  RecordingPass(RecordingPassOptions options, const SourceConfiguration& configuration, Session& session, ErrorBudget& budget);

  // Until the end of the recording or of the stretch. ErrorCode::interrupted after a signal, ErrorCode::usage where the stretch is
  // one of time and a sample has none.
  [[nodiscard]] Status run();

  // For records behind the first usable ones; those are seen by a SampleObserver of the session.
  void let_follow(BatchFollower& follower) { follower_ = &follower; }

  // Where the next record would be.
  [[nodiscard]] Position position() const;

 private:
  [[nodiscard]] Result<bool> begin(SampleSource& source);
  [[nodiscard]] Status learn_rest();
  [[nodiscard]] Status learn_ahead(SampleSource& source, Decoder& here, Decoder& beside);
  // Where a record was. The topic is a file's name, or that of a recorded topic.
  struct At {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  // Where the record after `before` others lies to the stretch; one without a time (nothing) lies where the one before did.
  enum class Place { before, within, behind };
  [[nodiscard]] Result<Place> place(const At& at, std::int64_t before, std::optional<std::int64_t> time_ms);
  [[nodiscard]] Result<std::span<const DecodedRecord>> cut(std::span<const DecodedRecord> records);
  [[nodiscard]] Status take(std::span<const DecodedRecord> records);
  void count(bool learned, const Rejection& why, const At& at);
  void pass_by(const At& at);
  void settle(Position& position) const { position.set(last_.topic, last_.partition, last_.offset + 1); }
  [[nodiscard]] bool full() const { return ended_ || (options_.stretch.samples != 0 && taken_ >= options_.stretch.samples); }

  RecordingPassOptions options_;
  std::string file_name_;
  const SourceConfiguration& configuration_;
  Session& session_;
  ErrorBudget& budget_;
  BatchFollower* follower_ = nullptr;
  std::unique_ptr<SampleSource> source_;
  std::unique_ptr<SampleSource> cached_;  // Kept as well: `last_` has its topic's name.
  Position position_;                     // Of all partitions but that of the last record.
  At last_;
  std::int64_t seen_ = 0;    // Records, before the stretch or in it.
  std::uint64_t taken_ = 0;  // Of those.
  bool begun_ = false;       // The stretch has.
  bool ended_ = false;
  std::optional<Pace> pace_;
  Progress progress_;
};

}  // namespace rekindle
