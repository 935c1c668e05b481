// Journal: the order in which a daemon took the records of several partitions, and what operators told it in between.
//
// Kafka keeps the order within a partition alone; with the journal a replay takes the same records in the same order. A text file,
// `journal` in the state directory, a line each:
//
//   rekindle-journal 1
//   start 0 "seed = 42\n..."        samples learned before the first line, and the configuration then
//   topic 0 "samples"               a number for a topic, before it is used
//   run 0 3 1200 1450               topic, partition, first offset, offset after the last
//   command 5000 {"action":"pin","lr":0.01}     after so many samples
//   command 7000 {"action":"reload","configuration":"..."}
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// The learner thread's, but for `sync`.
class JournalWriter {
 public:
  // Goes on after the first `keep` bytes of the file that is there; without `keep`, or where the file is shorter, a new one begins with
  // these samples and this configuration, and an old one is kept as `journal.old`.
  [[nodiscard]] static Result<std::unique_ptr<JournalWriter>> open(const std::string& directory, std::optional<std::uint64_t> keep,
                                                                   std::uint64_t samples, std::string_view configuration);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void take(const RawRecord& record) {
    if (record.offset == next_ && record.partition == partition_ && record.topic == topic_) {
      ++next_;
    } else {
      begin_run(record);
    }
  }
  void command(std::uint64_t samples, const boost::json::object& command);

  // Ends the run and hands everything to the system. The length of the file; ErrorCode::io: it is of no use from here on.
  [[nodiscard]] Result<std::uint64_t> flush();
  // What was flushed survives a power loss afterwards. Any thread. Where the disk refuses, the journal is of no use from here on, which
  // the next `flush` says: what a failed sync has lost, no later one brings back.
  void sync();
  // Whether it began anew although a state was restored: it cannot be followed from the first record.
  [[nodiscard]] bool began_late() const { return began_late_; }

 private:
  JournalWriter(int file, std::uint64_t size) : file_(file), size_(size) {}
  void begin_run(const RawRecord& record);
  void end_run();
  [[nodiscard]] Status write_out();

  int file_;
  std::uint64_t size_;
  std::string pending_;
  std::vector<std::string> topics_;
  std::string topic_;  // Of the run, as the next three.
  std::int32_t partition_ = -1;
  std::int64_t first_ = 0;
  std::int64_t next_ = -1;
  bool began_late_ = false;
  bool broken_ = false;
  std::atomic<int> failed_sync_{0};  // The reason.
};

struct JournalRun {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;  // The offset after the last.
};

struct JournalLine {
  std::optional<JournalRun> run;
  std::uint64_t samples = 0;  // Before a command.
  boost::json::object command;
};

struct JournalContents {
  std::uint64_t start_samples = 0;
  std::string configuration;
  std::vector<JournalLine> lines;
  [[nodiscard]] std::size_t partitions() const;
};

// `path` is the file or its directory. ErrorCode::data names the line that is wrong; a last line that was cut off is left out.
[[nodiscard]] Result<JournalContents> read_journal(const std::string& path);

}  // namespace rekindle
