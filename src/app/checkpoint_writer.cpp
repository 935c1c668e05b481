#include "app/checkpoint_writer.hpp"

#include <algorithm>

#include "app/clock.hpp"
#include "app/histogram.hpp"
#include "app/log.hpp"

namespace rekindle {

CheckpointWriter::CheckpointWriter(std::unique_ptr<FileStore> store, std::function<void()> before)
    : store_(std::move(store)),
      before_(std::move(before)),
      durations_(empty_histogram({0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30})),
      thread_([this] { work(); }) {}

CheckpointWriter::~CheckpointWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool CheckpointWriter::submit(Checkpoint checkpoint) {
  {
    const std::lock_guard lock(mutex_);
    if (busy_ || waiting_) return false;
    waiting_ = std::move(checkpoint);
  }
  changed_.notify_all();
  return true;
}

Status CheckpointWriter::save_now(Checkpoint checkpoint) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !busy_ && !waiting_; });
    busy_ = true;
  }
  auto status = write(std::move(checkpoint));
  {
    const std::lock_guard lock(mutex_);
    busy_ = false;
  }
  changed_.notify_all();
  return status;
}

void CheckpointWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (waiting_ && !busy_); });
    if (stopping_ && !waiting_) return;
    auto checkpoint = *std::move(waiting_);
    waiting_.reset();
    busy_ = true;
    lock.unlock();
    (void)write(std::move(checkpoint));
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

Status CheckpointWriter::write(Checkpoint checkpoint) {
  const auto start = steady_now();
  auto position = checkpoint.position;
  if (before_) before_();
  const auto saved = store_->save(std::move(checkpoint));
  const std::lock_guard lock(mutex_);
  if (!saved) {
    ++status_.failures;
    status_.last_error = saved.error().message;
    log_event(LogLevel::error, "checkpoint_failed",
              {{"error", saved.error().message}, {"then", "learning goes on; the next one is tried as usual"}});
    return tl::unexpected(saved.error());
  }
  ++status_.saved;
  status_.bytes = *saved;
  status_.last_error.clear();
  status_.last_success_seconds = wall_seconds();
  observe(durations_, seconds_since(start));
  saved_ = std::move(position);
  return {};
}

std::optional<Position> CheckpointWriter::take_saved() {
  const std::lock_guard lock(mutex_);
  return std::exchange(saved_, std::nullopt);
}

CheckpointStatus CheckpointWriter::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

HistogramData CheckpointWriter::durations() const {
  const std::lock_guard lock(mutex_);
  return durations_;
}

}  // namespace rekindle
