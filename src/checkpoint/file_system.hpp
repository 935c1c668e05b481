// FileSystem: the few operations a checkpoint needs, as a seam that tests can break (errors, short writes, power loss).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rekindle {

// Held as long as it lives; ends with the process, however that ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Creates `path` anew (removing what was there), mode 0600, and writes all of `bytes`. Does not sync.
  [[nodiscard]] virtual Status write_new(const std::string& path, std::span<const std::byte> bytes) = 0;
  [[nodiscard]] virtual Status sync_file(const std::string& path) = 0;
  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  // Also those above it; what it makes survives a power loss.
  [[nodiscard]] virtual Status make_directories(const std::string& path) = 0;
  // Names, not paths, of the regular files in a directory, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  // Creates `path` when it is not there and locks it for this process. ErrorCode::locked, naming the holder's process id.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  // Regular files only, symbolic links not followed, at most `limit` bytes.
  [[nodiscard]] virtual Result<std::vector<std::byte>> read(const std::string& path, std::size_t limit) = 0;
};

// The real one. All errors are ErrorCode::io and name the path and the system's reason.
[[nodiscard]] FileSystem& real_file_system();

}  // namespace rekindle
