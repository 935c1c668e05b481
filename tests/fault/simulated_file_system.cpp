#include "tests/fault/simulated_file_system.hpp"

#include <algorithm>
#include <utility>

namespace rekindle {
namespace {

constexpr std::size_t sector = 512;
constexpr std::size_t most_changes_for_all_subsets = 8;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

class SimulatedLock final : public FileLock {};

}  // namespace

SimulatedFileSystem::SimulatedFileSystem(const Disk& disk) {
  for (const auto& [path, bytes] : disk) {
    names_[path] = std::make_shared<File>(File{bytes, /*safe=*/true, /*sync_failed=*/false});
    folders_.insert(folder_of(path));
  }
  safe_names_ = names_;
}

void SimulatedFileSystem::fail_at(std::size_t operation, Fault fault, bool from_then_on) {
  fail_at_ = operation;
  fault_ = fault;
  from_then_on_ = from_then_on;
}

Status SimulatedFileSystem::perform(const std::string& name, const std::function<Status()>& effect,
                                    const std::function<void(Fault)>& instead) {
  log_.push_back(name);
  const auto number = log_.size();
  Status status;
  if (fail_at_ != 0 && (number == fail_at_ || (from_then_on_ && number > fail_at_))) {
    ++faults_;
    log_.back() += " FAILS";
    if (fault_ == Fault::too_late) {
      std::ignore = effect();
    } else if (instead) {
      instead(fault_);
    }
    status = fail(ErrorCode::io, "cannot {}: {}", name, fault_ == Fault::disk_full ? "No space left on device" : "Input/output error");
  } else {
    status = effect();
  }
  if (observer_) observer_();
  return status;
}

void SimulatedFileSystem::apply(const Change& change, Names& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.file;
}

void SimulatedFileSystem::change(Change change) {
  apply(change, names_);
  unsynced_.push_back(std::move(change));
}

Status SimulatedFileSystem::write_new(const std::string& path, std::span<const std::byte> bytes) {
  const auto write = [&](std::size_t size) {
    if (names_.contains(path)) change({path, "", nullptr});
    auto file = std::make_shared<File>();
    file->bytes.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    change({"", path, std::move(file)});
  };
  return perform(
      "write " + path,
      [&]() -> Status {
        write(bytes.size());
        return {};
      },
      [&](Fault fault) {
        if (fault == Fault::disk_full) write(bytes.size() / 2);
        if (fault == Fault::short_write) write(bytes.size() - std::min<std::size_t>(bytes.size(), 1));
      });
}

Status SimulatedFileSystem::sync_file(const std::string& path) {
  const auto at = names_.find(path);
  if (at == names_.end()) return perform("sync " + path, [] { return Status(fail(ErrorCode::io, "no such file")); });
  auto& file = *at->second;
  return perform(
      "sync " + path,
      [&]() -> Status {
        file.safe = !file.sync_failed;
        return {};
      },
      [&](Fault) { file.sync_failed = !file.safe; });
}

Status SimulatedFileSystem::rename(const std::string& from, const std::string& to) {
  return perform("rename " + from + " to " + to, [&]() -> Status {
    const auto at = names_.find(from);
    if (at == names_.end()) return fail(ErrorCode::io, "no such file {}", from);
    change({from, to, at->second});
    return {};
  });
}

Status SimulatedFileSystem::sync_directory(const std::string& path) {
  return perform("sync folder " + path, [&]() -> Status {
    const auto here = [&](const Change& one) {
      return folder_of(one.to.empty() ? one.from : one.to) == path || folder_of(one.from) == path;
    };
    for (const auto& one : unsynced_) {
      if (here(one)) apply(one, safe_names_);
    }
    std::erase_if(unsynced_, here);
    return {};
  });
}

Status SimulatedFileSystem::remove(const std::string& path) {
  return perform("remove " + path, [&]() -> Status {
    if (!names_.contains(path)) return fail(ErrorCode::io, "no such file {}", path);
    change({path, "", nullptr});
    return {};
  });
}

Status SimulatedFileSystem::make_directories(const std::string& path) {
  return perform("make folder " + path, [&]() -> Status {
    folders_.insert(path);
    return {};
  });
}

Result<std::vector<std::string>> SimulatedFileSystem::list(const std::string& path) {
  std::vector<std::string> found;
  auto status = perform("list " + path, [&]() -> Status {
    if (!folders_.contains(path)) return fail(ErrorCode::io, "no such folder {}", path);
    for (const auto& [name, file] : names_) {
      if (folder_of(name) == path) found.push_back(name.substr(path.size() + 1));
    }
    return {};
  });
  if (!status) return tl::unexpected(std::move(status.error()));
  return found;
}

Result<std::unique_ptr<FileLock>> SimulatedFileSystem::lock(const std::string& path) {
  auto status = perform("lock " + path, [] { return Status(); });
  if (!status) return tl::unexpected(std::move(status.error()));
  return std::make_unique<SimulatedLock>();
}

Result<std::vector<std::byte>> SimulatedFileSystem::read(const std::string& path, std::size_t limit) {
  std::vector<std::byte> bytes;
  auto status = perform("read " + path, [&]() -> Status {
    const auto at = names_.find(path);
    if (at == names_.end() || at->second->bytes.size() > limit) return fail(ErrorCode::io, "no such file {}, or too large", path);
    bytes = at->second->bytes;
    return {};
  });
  if (!status) return tl::unexpected(std::move(status.error()));
  return bytes;
}

Disk SimulatedFileSystem::visible() const {
  Disk disk;
  for (const auto& [path, file] : names_) disk[path] = file->bytes;
  return disk;
}

std::vector<std::byte> SimulatedFileSystem::after(Loss loss, const File& file) {
  auto bytes = file.bytes;
  if (file.safe) return bytes;
  switch (loss) {
    case Loss::none: break;
    case Loss::all: bytes.clear(); break;
    case Loss::second_half: bytes.resize(bytes.size() / 2); break;
    case Loss::every_other_sector:
      for (std::size_t i = sector; i < bytes.size(); ++i) {
        if (i / sector % 2 == 1) bytes[i] = std::byte{0};
      }
      break;
    case Loss::content: std::ranges::fill(bytes, std::byte{0}); break;
  }
  return bytes;
}

// All of them; where they would be too many: each prefix, and all but one.
std::vector<std::vector<bool>> SimulatedFileSystem::subsets_of_changes() const {
  const auto count = unsynced_.size();
  std::vector<std::vector<bool>> subsets;
  if (count <= most_changes_for_all_subsets) {
    for (std::size_t bits = 0; bits < (std::size_t{1} << count); ++bits) {
      std::vector<bool> subset(count);
      for (std::size_t i = 0; i < count; ++i) subset[i] = (bits >> i & 1U) != 0;
      subsets.push_back(std::move(subset));
    }
    return subsets;
  }
  for (std::size_t i = 0; i <= count; ++i) {
    std::vector<bool> prefix(count, false);
    std::fill_n(prefix.begin(), i, true);
    subsets.push_back(std::move(prefix));
    if (i == count) break;
    std::vector<bool> all_but_one(count, true);
    all_but_one[i] = false;
    subsets.push_back(std::move(all_but_one));
  }
  return subsets;
}

std::set<Disk> SimulatedFileSystem::after_power_loss() const {
  std::set<Names> possible;
  for (const auto& subset : subsets_of_changes()) {
    auto names = safe_names_;
    for (std::size_t i = 0; i < subset.size(); ++i) {
      if (subset[i]) apply(unsynced_[i], names);
    }
    possible.insert(std::move(names));
  }
  std::set<Disk> disks;
  for (const auto& names : possible) {
    for (const auto loss : {Loss::none, Loss::all, Loss::second_half, Loss::every_other_sector, Loss::content}) {
      Disk disk;
      for (const auto& [path, file] : names) disk[path] = after(loss, *file);
      disks.insert(std::move(disk));
      if (std::ranges::all_of(names, [](const auto& name) { return name.second->safe; })) break;
    }
  }
  return disks;
}

}  // namespace rekindle
