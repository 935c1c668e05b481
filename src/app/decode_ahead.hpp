// DecodeAhead: reads and decodes records on two threads, this one and one of its own, and gives them out in their order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/decoded_record.hpp"
#include "connectors/decode/decoder.hpp"
#include "connectors/source.hpp"

namespace rekindle {

struct DecodedBatch {
  std::vector<DecodedRecord> records;  // The first `size` count; buffers are reused.
  std::size_t size = 0;
  bool at_end = false;
  Status status;
  std::uint64_t sequence = 0;
};

// Decoding costs more than learning, so a thread that only decoded would leave the learner waiting: whoever has nothing
// to learn takes the next records and decodes them. The order in which they are learned is that of the source.
class DecodeAhead {
 public:
  // The source and the decoders belong to this object until it dies; each decoder has its layout.
  DecodeAhead(SampleSource& source, Decoder& here, Decoder& beside);
  ~DecodeAhead();
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;

  // The next batch, valid until the next call. After one with `at_end` or an error there is no further one.
  [[nodiscard]] const DecodedBatch& next();

 private:
  using BatchPointer = std::unique_ptr<DecodedBatch>;
  // One of the two who decode, and the records that it is at.
  struct Hand {
    Decoder& decoder;
    std::vector<RawRecord> records{};
    std::shared_ptr<const void> held{};      // PollResult::held
    std::string payloads{};                  // One after the other, padded, where they are not held.
    std::deque<std::string> column_names{};  // Each that a record has.
    std::deque<std::string> controls{};      // The same.
  };
  void work();
  [[nodiscard]] BatchPointer take_free();
  [[nodiscard]] bool read(Hand& hand, DecodedBatch& batch);
  static void keep(const PollResult& polled, Hand& hand);
  static void decode_all(Hand& hand, DecodedBatch& batch);
  void give_back(BatchPointer batch);

  SampleSource& source_;
  Hand here_;
  Hand beside_;

  std::mutex source_mutex_;  // Taken alone, never with the other.
  bool source_ended_ = false;
  std::uint64_t read_ = 0;  // Batches read.

  std::mutex mutex_;
  std::condition_variable freed_;         // The thread waits for batches to fill.
  std::condition_variable decoded_more_;  // The caller waits for the next one in the order.
  std::vector<BatchPointer> free_;
  std::map<std::uint64_t, BatchPointer> decoded_;  // By sequence.
  BatchPointer current_;
  std::uint64_t given_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rekindle
