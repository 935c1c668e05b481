// StateRecords: one state as records of a compacted topic, and put together again.
//
//   key piece/0/NAME, piece/1/NAME, ...   a piece of the state each, header rekindle.sequence
//   key state/NAME                        last: headers rekindle.{sequence,pieces,bytes,checksum}
// all of one state in one transaction. Compaction keeps the newest of each key. Who reads while a state is being written may come to an end
// between its pieces: a state counts from its last record on, until then the one before does.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "connectors/kafka/client.hpp"
#include "data/output.hpp"

namespace rekindle::kafka {

struct StoredState {
  std::uint64_t sequence = 0;
  std::vector<std::byte> bytes;
};

// A record's headers; 0: there is none.
struct StateNumbers {
  std::uint64_t sequence = 0;
  std::uint64_t pieces = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

class StateRecords {
 public:
  StateRecords(std::string topic, std::string name) : topic_(std::move(topic)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }

  // Everything of the topic, in its order; what is another's is passed over.
  void take(const rd_kafka_message_t& message);
  void take(std::string_view key, std::span<const std::byte> value, const StateNumbers& numbers);
  // The newest; nothing where there is none. ErrorCode::data: it is damaged.
  [[nodiscard]] Result<std::optional<StoredState>> whole();

  // The records of the next state, and tombstones for pieces that it has no more.
  void add_to(OutputBatch& batch, std::uint64_t sequence, std::span<const std::byte> state);

 private:
  struct Piece {
    std::uint64_t sequence = 0;
    std::vector<std::byte> bytes;
  };
  [[nodiscard]] std::string piece_key(std::size_t index) const;
  [[nodiscard]] std::string last_key() const { return "state/" + name_; }

  std::string topic_;
  std::string name_;
  StateNumbers last_;
  std::map<std::size_t, Piece> read_;    // Up to the last record of a state ...
  std::map<std::size_t, Piece> coming_;  // ... and after it.
  std::size_t pieces_ = 0;               // Of the state that is there.
};

}  // namespace rekindle::kafka
