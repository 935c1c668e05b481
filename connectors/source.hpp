// SampleSource: where records come from. The learner thread owns it; it is the one seam of that thread that may block.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "connectors/writer_schema.hpp"
#include "data/position.hpp"
#include "data/status.hpp"

namespace rekindle {

// Bytes that a decoder may read beyond the end of a payload (their content does not matter); simdjson asks for 64.
inline constexpr std::size_t payload_padding = 64;

struct RecordHeader {
  std::string_view name;
  std::string_view value;
};

// One undecoded record. All views live until the next `poll`.
struct RawRecord {
  std::string_view topic;  // A file's name, for a file.
  std::int32_t partition = 0;
  std::int64_t offset = 0;        // A file: the line's index from 0.
  std::int64_t timestamp_ms = 0;  // 0: none.
  std::string_view payload;       // `payload_padding` readable bytes follow it.
  std::string_view key;
  bool tombstone = false;        // A null value.
  const void* handle = nullptr;  // The source's own, for `headers_of`.
  // The line that names the columns, of a file that begins with one; it is no record itself.
  std::string_view column_names = {};
  // Of a record that is an operator's command, where the source is to look for such: its `rekindle.control` header. No data: none.
  std::string_view control = {};
  // What it was written with, where the source knows it; lives as long as the source.
  const WriterSchema* schema = nullptr;

  [[nodiscard]] bool is_control() const { return control.data() != nullptr; }
};

inline constexpr const char* control_header = "rekindle.control";

// What a source that need not wait for its records gives at once.
inline constexpr std::size_t records_of_a_poll = 512;

struct PollResult {
  std::span<const RawRecord> records;  // May be empty: nothing came within the patience.
  bool at_end = false;                 // A finite source has nothing more; with the last records or after them.
  // Partitions whose reading begins now, with the first offset to come. They belong into the position at once: an idle
  // partition must have a place in a checkpoint too, or a restart could skip what comes to it meanwhile.
  std::span<const PartitionPosition> started = {};
  // What the payloads lie in, where the source can give that away: they stay as long as somebody holds it. It is let go of between two
  // polls, never during one. Null: the payloads end with the next `poll`.
  std::shared_ptr<const void> held = {};
};

class SampleSource {
 public:
  virtual ~SampleSource() = default;

  // Opens the source at `position`; partitions that it does not name start where the configuration says.
  // A source that cannot be reached yet is no error: it keeps trying, and `report` says so.
  [[nodiscard]] virtual Status open(const Position& position) = 0;

  // Up to some thousand records, waiting at most `patience` for the first.
  [[nodiscard]] virtual Result<PollResult> poll(std::chrono::milliseconds patience) = 0;

  // Headers of a record of the last poll (read only when it goes to the dead-letter topic).
  [[nodiscard]] virtual std::vector<RecordHeader> headers_of(const RawRecord& record) const = 0;

  // For lag tools only; never read back. Called after a checkpoint is safe.
  virtual void commit_for_lag_tools(const Position& position) = 0;

  // Fills connection, partitions and lag. `learned` is the position of the learner. Cheap: no request to a broker.
  virtual void report(const Position& learned, SourceStatus& out) const = 0;

  virtual void close() = 0;
};

// Where unusable records go. Nothing that was sent may be lost: a position that skips a record is saved only after
// `flush` has said that everything before was acknowledged.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;
  // Key, value and headers go on unchanged, with `rekindle.error.{topic,partition,offset,reason,detail}` added.
  [[nodiscard]] virtual Status send(const RawRecord& record, std::span<const RecordHeader> headers, const Rejection& rejection) = 0;
  // True when all that was sent has been acknowledged within the patience.
  [[nodiscard]] virtual bool flush(std::chrono::milliseconds patience) = 0;
  // Why a letter is not acknowledged yet, where a try has failed; else "".
  [[nodiscard]] virtual std::string problem() const { return ""; }
  // Deliveries that failed so far.
  [[nodiscard]] virtual std::uint64_t failures() const { return 0; }
};

}  // namespace rekindle
