#include "app/decode_ahead.hpp"

namespace rekindle {

namespace {

constexpr std::size_t batches = 10;
// Waking a thread takes as long as many records: one that waits for free batches is woken for most of them, and while there are still some
// to learn, so that the caller need not decode what is cheap to decode.
constexpr std::size_t worth_waking = 7;

void keep_payloads(std::span<RawRecord> records, std::string& payloads) {
  std::size_t total = payload_padding;
  for (const auto& record : records) total += record.payload.size();
  if (payloads.size() < total) payloads.resize(2 * total);
  char* to = payloads.data();
  for (auto& record : records) {
    record.payload.copy(to, record.payload.size());
    record.payload = {to, record.payload.size()};
    to += record.payload.size();
  }
}

}  // namespace

DecodeAhead::DecodeAhead(SampleSource& source, Decoder& here, Decoder& beside) : source_(source), here_{here}, beside_{beside} {
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

// The source's other views end with its next poll.
void DecodeAhead::keep(const PollResult& polled, Hand& hand) {
  hand.records.assign(polled.records.begin(), polled.records.end());
  hand.held = polled.held;
  hand.column_names.clear();
  hand.controls.clear();
  if (!hand.held) keep_payloads(hand.records, hand.payloads);
  const char* named = nullptr;
  for (auto& record : hand.records) {
    auto& names = record.column_names;
    const bool as_before = names.data() == named || (!hand.column_names.empty() && hand.column_names.back() == names);
    if (!as_before) hand.column_names.emplace_back(names);
    named = names.data();
    if (named != nullptr) names = hand.column_names.back();
    if (record.is_control()) record.control = hand.controls.emplace_back(record.control);
  }
}

void DecodeAhead::decode_all(Hand& hand, DecodedBatch& batch) {
  batch.size = hand.records.size();
  if (batch.records.size() < batch.size) batch.records.resize(batch.size);
  for (std::size_t i = 0; i < batch.size; ++i) decode(hand.decoder, hand.records[i], batch.records[i]);
}

// The hand's next records, and their place in the order. False: the source has ended.
bool DecodeAhead::read(Hand& hand, DecodedBatch& batch) {
  const std::lock_guard lock(source_mutex_);
  hand.held.reset();
  if (source_ended_) return false;
  const auto polled = source_.poll(std::chrono::milliseconds(100));
  batch.status = polled ? Status() : Status(tl::unexpected(polled.error()));
  batch.at_end = polled && polled->at_end;
  keep(polled ? *polled : PollResult(), hand);
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
    const bool more = read(here_, *batch);
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
    if (!read(beside_, *batch)) return;
    decode_all(beside_, *batch);
    give_back(std::move(batch));
  }
}

}  // namespace rekindle
