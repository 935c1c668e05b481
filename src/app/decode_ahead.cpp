#include "app/decode_ahead.hpp"

namespace rekindle {

namespace {

constexpr std::size_t batches = 6;

// The decoder's views end with its next record; the batch keeps what they show.
void keep_text(DecodedRecord& record) {
  auto& sample = record.sample;
  const auto id_size = sample.id.size();
  const auto label = text_of(sample.label);
  const auto incumbent = text_of(sample.incumbent);
  record.text.assign(sample.id);
  record.text += label;
  record.text += incumbent;
  for (const auto category : sample.categories) record.text += category;
  const std::string_view text = record.text;
  sample.id = text.substr(0, id_size);
  std::size_t at = id_size;
  for (auto [kept, whole] : {std::pair(&sample.label.text, label), {&sample.incumbent.text, incumbent}}) {
    if (!whole.empty()) *kept = text.substr(at, whole.size());
    at += whole.size();
  }
  for (auto& category : sample.categories) {
    category = text.substr(at, category.size());
    at += category.size();
  }
}

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

void decode(Decoder& decoder, DecodedBatch& batch) {
  batch.size = batch.raw.size();
  if (batch.records.size() < batch.size) batch.records.resize(batch.size);
  for (std::size_t i = 0; i < batch.size; ++i) {
    auto& record = batch.records[i];
    record.topic = batch.raw[i].topic;
    record.partition = batch.raw[i].partition;
    record.offset = batch.raw[i].offset;
    record.control.reset();
    if (batch.raw[i].is_control()) {
      record.control = batch.raw[i].control;
      record.text = batch.raw[i].payload;
      record.usable = record.is_label = false;
      continue;
    }
    record.is_label = decoder.is_label(batch.raw[i]);
    record.usable = decoder.decode(batch.raw[i], record.sample, record.why);
    if (record.usable) keep_text(record);
  }
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
  changed_.notify_all();
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
  changed_.notify_all();
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
  changed_.notify_all();
  const auto ready = [&] { return !decoded_.empty() && decoded_.begin()->first == given_; };
  while (!ready()) {
    auto batch = take_free();
    if (batch == nullptr) {
      changed_.wait(lock, [&] { return ready() || !free_.empty(); });
      continue;
    }
    lock.unlock();
    const bool more = read(*batch);
    if (more) {
      decode(here_, *batch);
      give_back(std::move(batch));
    }
    lock.lock();
    if (more) continue;
    free_.push_back(std::move(batch));
    changed_.wait(lock, ready);
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
      changed_.wait(lock, [&] { return stopping_ || !free_.empty(); });
      if (stopping_) return;
      batch = take_free();
    }
    if (!read(*batch)) return;
    decode(beside_, *batch);
    give_back(std::move(batch));
  }
}

}  // namespace rekindle
