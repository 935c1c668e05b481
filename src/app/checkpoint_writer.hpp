// CheckpointWriter: saves checkpoints on a thread of its own, from encoded state, one at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "checkpoint/store.hpp"
#include "data/status.hpp"

namespace rekindle {

class CheckpointWriter {
 public:
  // `before` runs before each save, on the thread that saves.
  explicit CheckpointWriter(std::unique_ptr<CheckpointStore> store, std::function<void()> before = {});
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Not while the last one is still being written; then the caller tries again later.
  [[nodiscard]] bool idle() const;
  // Only when it is idle.
  void submit(Checkpoint checkpoint, OutputBatch outputs);
  // Waits for the one under way.
  void settle();
  // Waits for the one under way, then saves this one.
  [[nodiscard]] Status save_now(Checkpoint checkpoint, OutputBatch outputs);
  // Why no checkpoint can be saved any more: another daemon has taken over, or outputs that belong between two checkpoints are lost.
  [[nodiscard]] Status failure() const;
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }
  [[nodiscard]] CheckpointStore& store() { return *store_; }
  // The position of the newest saved checkpoint, once after each save: what lag tools may be told.
  [[nodiscard]] std::optional<Position> take_saved();
  [[nodiscard]] CheckpointStatus status() const;
  [[nodiscard]] HistogramData durations() const;

 private:
  void work();
  struct Job {
    Checkpoint checkpoint;
    OutputBatch outputs;
  };
  Status write(Job job);

  std::unique_ptr<CheckpointStore> store_;
  std::function<void()> before_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> waiting_;
  Status failure_;
  std::atomic<bool> failed_{false};
  bool busy_ = false;
  bool stopping_ = false;
  std::optional<Position> saved_;
  CheckpointStatus status_;
  HistogramData durations_;
  std::thread thread_;
};

}  // namespace rekindle
