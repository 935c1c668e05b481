#include "app/decode_ahead.hpp"

namespace rekindle {

namespace {

constexpr std::size_t batches = 6;
// Waking a thread takes as long as a few records: one that waits for free batches is woken for several of them.
constexpr std::size_t worth_waking = 3;

// The source's views end with its next poll.
void keep_payloads(std::span<const RawRecord> records, DecodedBatch& batch) {
  std::size_t total = payload_padding;
  for (const auto& record : records) total += record.payload.size();
  if (batch.payloads.size() < total) batch.payloads.resize(2 * total);
  batch.raw.assign(records.begin(), records.end());
  batch.column_names.clear();
  batch.controls.clear();
  char* to = batch.payloads.data();
  for (auto& record : batch.raw) {
    record.payload.copy(to, record.payload.size());
    record.payload = {to, record.payload.size()};
    if (batch.column_names.empty() || batch.column_names.back() != record.column_names)
      batch.column_names.emplace_back(record.column_names);
    record.column_names = batch.column_names.back();
    if (record.is_control()) record.control = batch.controls.emplace_back(record.control);
    to += record.payload.size();
  }
}

void decode_all(Decoder& decoder, DecodedBatch& batch) {
  batch.size = batch.raw.size();
  if (batch.records.size() < batch.size) batch.records.resize(batch.size);
  for (std::size_t i = 0; i < batch.size; ++i) decode(decoder, batch.raw[i], batch.records[i]);
}

}  // namespace

DecodeAhead::DecodeAhead(SampleSource& source, Decoder& here, Decoder& beside) : source_(source), here_(here), beside_(beside) {
  for (std::size_t i = 0; i < batches; ++i) free_.push_back(std::make_unique<DecodedBatch>());
  thread_ = std::thread([this] { work(); });
}

DecodeAhead::~DecodeAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  freed_.notify_one();
  thread_.join();
}

// Fills the batch's raw records and its place in the order. False: the source has ended.
bool DecodeAhead::read(DecodedBatch& batch) {
  const std::lock_guard lock(source_mutex_);
  if (source_ended_) return false;
  const auto polled = source_.poll(std::chrono::milliseconds(100));
  batch.status = polled ? Status() : Status(tl::unexpected(polled.error()));
  batch.at_end = polled && polled->at_end;
  batch.raw.clear();
  if (polled) keep_payloads(polled->records, batch);
  batch.sequence = read_++;
  source_ended_ = batch.at_end || !batch.status;
  return true;
}

void DecodeAhead::give_back(BatchPointer batch) {
  {
    const std::lock_guard lock(mutex_);
    const auto sequence = batch->sequence;
    decoded_.emplace(sequence, std::move(batch));
  }
  decoded_more_.notify_one();
}

DecodeAhead::BatchPointer DecodeAhead::take_free() {
  if (free_.empty()) return nullptr;
  auto batch = std::move(free_.back());
  free_.pop_back();
  return batch;
}

const DecodedBatch& DecodeAhead::next() {
  std::unique_lock lock(mutex_);
  if (current_) free_.push_back(std::move(current_));
  if (free_.size() >= worth_waking) freed_.notify_one();
  const auto ready = [&] { return !decoded_.empty() && decoded_.begin()->first == given_; };
  while (!ready()) {
    auto batch = take_free();
    if (batch == nullptr) {
      decoded_more_.wait(lock, ready);
      continue;
    }
    lock.unlock();
    const bool more = read(*batch);
    if (more) {
      decode_all(here_, *batch);
      give_back(std::move(batch));
    }
    lock.lock();
    if (more) continue;
    free_.push_back(std::move(batch));
    decoded_more_.wait(lock, ready);
  }
  current_ = std::move(decoded_.begin()->second);
  decoded_.erase(decoded_.begin());
  ++given_;
  return *current_;
}

void DecodeAhead::work() {
  while (true) {
    BatchPointer batch;
    {
      std::unique_lock lock(mutex_);
      if (free_.empty()) freed_.wait(lock, [&] { return stopping_ || free_.size() >= worth_waking; });
      if (stopping_) return;
      batch = take_free();
    }
    if (!read(*batch)) return;
    decode_all(beside_, *batch);
    give_back(std::move(batch));
  }
}

}  // namespace rekindle
