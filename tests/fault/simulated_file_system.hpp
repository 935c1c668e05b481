// SimulatedFileSystem: a disk in memory that can fail any operation and tell every state a power loss may leave behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/file_system.hpp"

namespace rekindle {

// What is on a disk: the bytes of each file by its path.
using Disk = std::map<std::string, std::vector<std::byte>>;

enum class Fault {
  io_error,     // Nothing happens. A sync that fails loses the data for good: a later sync says yes and writes nothing.
  disk_full,    // A write leaves the first half behind.
  short_write,  // A write leaves all but the last byte behind.
  too_late,     // It happens, and is reported as failed all the same.
};

// The model of a disk, on the side of caution:
// - bytes are safe once their file was synced; until then a power loss keeps them all, keeps none, keeps the first half,
//   keeps every other sector of 512 bytes, or keeps the length with zeros in it;
// - names (created, renamed, removed) are safe once their folder was synced; until then any subset of the changes may
//   have happened. A rename happens wholly or not at all.
class SimulatedFileSystem final : public FileSystem {
 public:
  // All of `disk` is safe, as after a start.
  explicit SimulatedFileSystem(const Disk& disk = {});

  // The operations are counted from 1; the one with this number fails, or all from it on.
  void fail_at(std::size_t operation, Fault fault, bool from_then_on);
  void heal() { fail_at_ = 0; }
  [[nodiscard]] std::size_t faults() const { return faults_; }
  [[nodiscard]] std::size_t operations() const { return log_.size(); }
  // One line per operation, for a failure message.
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  // Called after every operation: so a test sees each prefix of them.
  void after_each(std::function<void()> observer) { observer_ = std::move(observer); }

  // What a new process finds when this one dies now.
  [[nodiscard]] Disk visible() const;
  // Each state that a power loss at this moment may leave.
  [[nodiscard]] std::set<Disk> after_power_loss() const;

  Status write_new(const std::string& path, std::span<const std::byte> bytes) override;
  Status sync_file(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status sync_directory(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t limit) override;

 private:
  struct File {
    std::vector<std::byte> bytes;
    bool safe = false;
    bool sync_failed = false;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  // `to` becomes `file`; `from` goes. Either may be empty.
  struct Change {
    std::string from;
    std::string to;
    std::shared_ptr<File> file;
  };
  enum class Loss { none, all, second_half, every_other_sector, content };

  // Logs and counts; carries `effect` out unless a fault says otherwise. `instead` is what a failing one does.
  Status perform(const std::string& name, const std::function<Status()>& effect, const std::function<void(Fault)>& instead = {});
  void change(Change change);
  static void apply(const Change& change, Names& names);
  static std::vector<std::byte> after(Loss loss, const File& file);
  [[nodiscard]] std::vector<std::vector<bool>> subsets_of_changes() const;

  Names names_;
  Names safe_names_;
  std::vector<Change> unsynced_;
  std::set<std::string> folders_;
  std::vector<std::string> log_;
  std::size_t fail_at_ = 0;
  Fault fault_ = Fault::io_error;
  bool from_then_on_ = false;
  std::size_t faults_ = 0;
  std::function<void()> observer_;
};

}  // namespace rekindle
