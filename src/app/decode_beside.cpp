#include "app/decode_beside.hpp"

#include <algorithm>
#include <utility>

namespace rekindle {

namespace {

constexpr std::size_t most_values = std::size_t{1} << 21;  // Of all records that are kept decoded: 16 MiB.
constexpr std::size_t longest = std::size_t{32} << 10;     // Payload: a sparse one may come to eight times its bytes.

// Up to the first that is too long.
std::size_t count_short(std::span<const RawRecord> records) {
  const auto end = std::ranges::find_if(records, [](const auto& record) { return record.payload.size() > longest; });
  return static_cast<std::size_t>(end - records.begin());
}

}  // namespace

DecodeBeside::DecodeBeside(Decoder& here, std::unique_ptr<Decoder> beside, std::size_t features)
    : here_(here), beside_(std::move(beside)), most_(most_values / std::max<std::size_t>(features, 1)), thread_([this] { work(); }) {}

DecodeBeside::~DecodeBeside() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    next_ = is_decoded_.size();
  }
  changed_.notify_all();
  thread_.join();
}

void DecodeBeside::begin(std::span<const RawRecord> records) {
  found_ = 0;
  records = records.first(std::min(count_short(records), most_));
  if (records.size() < worth_it) return;
  if (decoded_.size() < records.size()) decoded_.resize(records.size());
  {
    const std::lock_guard lock(mutex_);
    records_ = records;
    is_decoded_.assign((records.size() + stretch - 1) / stretch, false);
    next_ = 0;
  }
  changed_.notify_all();
}

const DecodedRecord* DecodeBeside::find(std::size_t place) {
  if (place >= records_.size()) return nullptr;
  const auto which = place / stretch;
  if (std::exchange(found_, which + 1) != which + 1) found_decoded_ = settle(which);
  return peek(place);
}

// Whether it is decoded. One that nobody has taken is the caller's, who decodes each record right before it is learned; while the
// thread is at it, the caller takes one behind.
bool DecodeBeside::settle(std::size_t which) {
  std::unique_lock lock(mutex_);
  while (!is_decoded_[which]) {
    if (next_ <= which) {
      next_ = which + 1;
      return false;
    }
    if (next_ == is_decoded_.size()) {
      changed_.wait(lock, [&] { return is_decoded_[which]; });
      continue;
    }
    const auto behind = next_++;
    lock.unlock();
    decode_stretch(here_, behind);
    lock.lock();
    is_decoded_[behind] = true;
  }
  return true;
}

void DecodeBeside::decode_stretch(Decoder& decoder, std::size_t which) {
  const auto end = std::min(records_.size(), (which + 1) * stretch);
  for (auto place = which * stretch; place < end; ++place) decode(decoder, records_[place], decoded_[place]);
}

void DecodeBeside::finish() {
  std::unique_lock lock(mutex_);
  next_ = is_decoded_.size();
  changed_.wait(lock, [&] { return !busy_; });
  records_ = {};
}

void DecodeBeside::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || next_ < is_decoded_.size(); });
    if (stopping_) return;
    const auto which = next_++;
    busy_ = true;
    lock.unlock();
    decode_stretch(*beside_, which);
    lock.lock();
    is_decoded_[which] = true;
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace rekindle
