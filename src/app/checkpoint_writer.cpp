#include "app/checkpoint_writer.hpp"

#include <algorithm>

#include "app/clock.hpp"
#include "app/histogram.hpp"
#include "app/log.hpp"

namespace rekindle {

CheckpointWriter::CheckpointWriter(std::unique_ptr<CheckpointStore> store, std::function<void()> before)
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

bool CheckpointWriter::idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_ && !waiting_;
}

void CheckpointWriter::submit(Checkpoint checkpoint, OutputBatch outputs) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = Job{std::move(checkpoint), std::move(outputs)};
  }
  changed_.notify_all();
}

void CheckpointWriter::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_ && !waiting_; });
}

Status CheckpointWriter::save_now(Checkpoint checkpoint, OutputBatch outputs) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !busy_ && !waiting_; });
    if (!failure_) return failure_;
    busy_ = true;
  }
  auto status = write({std::move(checkpoint), std::move(outputs)});
  {
    const std::lock_guard lock(mutex_);
    busy_ = false;
  }
  changed_.notify_all();
  return status;
}

Status CheckpointWriter::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void CheckpointWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (waiting_ && !busy_); });
    if (stopping_ && !waiting_) return;
    auto job = *std::move(waiting_);
    waiting_.reset();
    busy_ = true;
    lock.unlock();
    (void)write(std::move(job));
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

Status CheckpointWriter::write(Job job) {
  const auto start = steady_now();
  auto position = job.checkpoint.position;
  if (before_) before_();
  const auto saved = store_->save(std::move(job.checkpoint), job.outputs);
  const std::lock_guard lock(mutex_);
  if (!saved) {
    ++status_.failures;
    status_.last_error = saved.error().message;
    if (saved.error().code == ErrorCode::fenced || !job.outputs.empty()) {
      failure_ = tl::unexpected(saved.error());
      failed_ = true;
      return failure_;
    }
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
  auto status = status_;
  if (status.last_error.empty()) status.last_error = store_->problem();
  return status;
}

HistogramData CheckpointWriter::durations() const {
  const std::lock_guard lock(mutex_);
  return durations_;
}

}  // namespace rekindle
