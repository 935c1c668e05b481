// CheckpointWriter: saves checkpoints on a thread of its own, from encoded state, one at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "checkpoint/file_store.hpp"
#include "data/status.hpp"

namespace rekindle {

class CheckpointWriter {
 public:
  // `before` runs before each save, on the thread that saves.
  explicit CheckpointWriter(std::unique_ptr<FileStore> store, std::function<void()> before = {});
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // False while the last one is still being written; the caller tries again later.
  [[nodiscard]] bool submit(Checkpoint checkpoint);
  // Waits for the one under way, then saves this one.
  [[nodiscard]] Status save_now(Checkpoint checkpoint);
  // The position of the newest saved checkpoint, once after each save: what lag tools may be told.
  [[nodiscard]] std::optional<Position> take_saved();
  [[nodiscard]] CheckpointStatus status() const;
  [[nodiscard]] HistogramData durations() const;

 private:
  void work();
  Status write(Checkpoint checkpoint);

  std::unique_ptr<FileStore> store_;
  std::function<void()> before_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Checkpoint> waiting_;
  bool busy_ = false;
  bool stopping_ = false;
  std::optional<Position> saved_;
  CheckpointStatus status_;
  HistogramData durations_;
  std::thread thread_;
};

}  // namespace rekindle
