// FileStore: checkpoints in one directory: atomic replace, the last K kept, fall-back to the one before, one daemon each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/file_system.hpp"
#include "checkpoint/store.hpp"

namespace rekindle {

// The newest file in `directory` that verifies. Nothing there at all: an empty optional. Files but none that verifies:
// ErrorCode::data, naming each and what is wrong with it. `path` may also be one file, which then has to verify.
[[nodiscard]] Result<std::optional<LoadedCheckpoint>> load_newest(const std::string& path, FileSystem& files = real_file_system());

// Holds the directory's lock (flock on `DIRECTORY/lock`) as long as it lives.
class FileStore final : public CheckpointStore {
 public:
  // ErrorCode::locked, naming the holder's process id, when another process has the directory.
  [[nodiscard]] static Result<std::unique_ptr<FileStore>> open(std::string directory, int keep, FileSystem& files = real_file_system());

  // As load_newest of the directory; also remembers which files are damaged, so that they do not count as kept ones.
  [[nodiscard]] Result<std::optional<LoadedCheckpoint>> load() override;

  // Write beside, sync, rename, sync the folder, then drop the oldest beyond `keep`. On any error the old files are as
  // they were and the next save starts anew with a new file. Returns the size of the file. Not thread-safe; one thread
  // at a time calls it (the checkpoint writer's).
  [[nodiscard]] Result<std::uint64_t> save(Checkpoint checkpoint);
  // Publishes nothing: with this store outputs are sent, and acknowledged, before.
  [[nodiscard]] Result<std::uint64_t> save(Checkpoint checkpoint, const OutputBatch& /*outputs*/) override {
    return save(std::move(checkpoint));
  }

  // `--fresh`: moves every checkpoint file into `DIRECTORY/aside-N/`, so that nothing is lost.
  [[nodiscard]] Status set_aside() override;

 private:
  FileStore(std::string directory, int keep, FileSystem& files, std::unique_ptr<FileLock> lock);
  [[nodiscard]] Status publish(const std::string& path, std::span<const std::byte> bytes);
  void remove_old();

  std::string directory_;
  int keep_;
  FileSystem& files_;
  std::unique_ptr<FileLock> lock_;
  std::uint64_t last_sequence_ = 0;  // Given to a file or tried, ever; also of damaged files and of those set aside.
  std::set<std::uint64_t> damaged_;
};

}  // namespace rekindle
