#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "checkpoint/file_system.hpp"

namespace rekindle {
namespace {

constexpr mode_t file_mode = 0600;  // A model says much about the data that it learned from.
constexpr mode_t directory_mode = 0700;

tl::unexpected<Error> system_error(std::string_view doing, const std::string& path, int reason = errno) {
  return fail(ErrorCode::io, "cannot {} {}: {}", doing, path, std::generic_category().message(reason));
}

template <class Call>
auto until_not_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const std::string& path, int flags)
      : fd_(until_not_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, file_mode); })) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }
  // Some file systems (NFS, quotas) only now say that a write failed. EINTR: closed all the same on Linux.
  [[nodiscard]] bool close() { return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR; }

 private:
  int fd_;
};

class RealLock final : public FileLock {
 public:
  explicit RealLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = until_not_interrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

Status sync_opened(const std::string& path, int flags) {
  const Descriptor file(path, O_RDONLY | flags);
  if (!file.ok()) return system_error("sync", path);
  if (until_not_interrupted([&] { return ::fsync(file.fd()); }) != 0) return system_error("sync", path);
  return {};
}

// Whoever has the lock wrote its process id into the file. Best effort: it may be just about to.
tl::unexpected<Error> locked_by(const Descriptor& file, const std::string& path) {
  std::array<char, 32> text{};
  const auto size = ::pread(file.fd(), text.data(), text.size(), 0);
  std::string_view holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  holder = holder.substr(0, holder.find_first_not_of("0123456789"));
  if (holder.empty()) return fail(ErrorCode::locked, "{} is locked by another process", path);
  return fail(ErrorCode::locked, "{} is locked by process {}", path, holder);
}

class RealFileSystem final : public FileSystem {
 public:
  Status write_new(const std::string& path, std::span<const std::byte> bytes) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("replace", path);
    Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!file.ok()) return system_error("create", path);
    if (!write_all(file.fd(), bytes) || !file.close()) return system_error("write", path);
    return {};
  }

  // Through a second descriptor: Linux reports a failed write-back to it as well, where nobody has been told yet.
  Status sync_file(const std::string& path) override { return sync_opened(path, O_NOFOLLOW); }
  Status sync_directory(const std::string& path) override { return sync_opened(path, O_DIRECTORY); }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error(fmt::format("rename {} to", from), to);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_error("remove", path);
    return {};
  }

  Status make_directories(const std::string& path) override {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
      if (!S_ISDIR(there.st_mode)) return system_error("create the directory", path, ENOTDIR);
      return {};
    }
    if (errno != ENOENT) return system_error("create the directory", path);
    const auto above = std::filesystem::path(path).parent_path().string();
    if (!above.empty()) {
      if (auto made = make_directories(above); !made) return made;
    }
    if (::mkdir(path.c_str(), directory_mode) != 0 && errno != EEXIST) return system_error("create the directory", path);
    return sync_directory(above.empty() ? "." : above);
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      std::error_code gone;  // Removed since: not there.
      if (at->symlink_status(gone).type() == std::filesystem::file_type::regular) names.push_back(at->path().filename().string());
    }
    if (error) return system_error("list", path, error.value());
    std::ranges::sort(names);
    return names;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (!file.ok()) return system_error("open", path);
    if (until_not_interrupted([&] { return ::flock(file.fd(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return locked_by(file, path);
      return system_error("lock", path);
    }
    // For people and for locked_by. On a full disk it stays empty; the lock holds all the same.
    const auto id = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file.fd(), 0) == 0) std::ignore = write_all(file.fd(), std::as_bytes(std::span(id)));
    return std::make_unique<RealLock>(std::move(file));
  }

  Result<std::vector<std::byte>> read(const std::string& path, std::size_t limit) override {
    const Descriptor file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);  // O_NONBLOCK: do not hang on a pipe.
    if (!file.ok() && errno == ELOOP) return fail(ErrorCode::io, "cannot read {}: it is a symbolic link", path);
    if (!file.ok()) return system_error("read", path);
    struct stat info {};
    if (::fstat(file.fd(), &info) != 0) return system_error("read", path);
    if (!S_ISREG(info.st_mode)) return fail(ErrorCode::io, "cannot read {}: it is not a regular file", path);
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size > limit) return fail(ErrorCode::io, "cannot read {}: its {} bytes are more than {}", path, size, limit);
    std::vector<std::byte> bytes(size);
    std::size_t have = 0;
    while (have < size) {
      const auto got = until_not_interrupted([&] { return ::read(file.fd(), bytes.data() + have, size - have); });
      if (got < 0) return system_error("read", path);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem files;
  return files;
}

}  // namespace rekindle
