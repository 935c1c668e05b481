// DecodeBeside: while the first records of a batch are learned, a thread of its own decodes those behind.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "app/decoded_record.hpp"
#include "connectors/decode/decoder.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// For records that cannot be read ahead, since their source is asked for more only when they are learned (DecodeAhead reads ahead). What
// a record decodes to does not depend on who decodes it, so nothing that is learned does.
class DecodeBeside {
 public:
  static constexpr std::size_t worth_it = 128;  // Records of a batch; waking the thread costs as much as decoding some ten.

  // Both with their layout, of so many features; `here` is the caller's, and is used inside of `find` alone.
  DecodeBeside(Decoder& here, std::unique_ptr<Decoder> beside, std::size_t features);
  ~DecodeBeside();
  DecodeBeside(const DecodeBeside&) = delete;
  DecodeBeside& operator=(const DecodeBeside&) = delete;

  // The records stay until `finish`. A few are not worth it; what would take much memory is left to the caller, too.
  void begin(std::span<const RawRecord> records);
  // The decoded record of this place in the batch, until `finish`; null: it is left to the caller. Places are asked for in their order,
  // with gaps if need be.
  [[nodiscard]] const DecodedRecord* find(std::size_t place);
  // The same where it is decoded already, nothing asked for; for what may be done ahead.
  [[nodiscard]] const DecodedRecord* peek(std::size_t place) const {
    return found_decoded_ && place / stretch + 1 == found_ && place < records_.size() ? &decoded_[place] : nullptr;
  }
  // From here on no record of the batch is looked at.
  void finish();

 private:
  static constexpr std::size_t stretch = 16;  // Records that somebody takes at a time.

  [[nodiscard]] bool settle(std::size_t which);
  void decode_stretch(Decoder& decoder, std::size_t which);
  void work();

  Decoder& here_;
  const std::unique_ptr<Decoder> beside_;
  const std::size_t most_;              // Records of a batch.
  std::vector<DecodedRecord> decoded_;  // By place.
  std::size_t found_ = 0;               // The stretch that was asked for last, plus one.
  bool found_decoded_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::span<const RawRecord> records_;
  std::vector<bool> is_decoded_;  // By stretch.
  std::size_t next_ = 0;          // The first that nobody has taken.
  bool busy_ = false;             // The thread decodes.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rekindle
