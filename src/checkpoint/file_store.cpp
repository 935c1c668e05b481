#include "checkpoint/file_store.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "checkpoint/file_form.hpp"

namespace rekindle {
namespace {

constexpr std::string_view name_prefix = "checkpoint.";
constexpr std::size_t sequence_digits = 20;
constexpr std::string_view being_written = "checkpoint.tmp";

struct Damaged {
  std::uint64_t sequence = 0;
  Error error;
};

struct Search {
  std::optional<LoadedCheckpoint> found;
  std::vector<Damaged> damaged;  // Newer than `found`.
};

std::string join(const std::string& directory, std::string_view name) { return fmt::format("{}/{}", directory, name); }
std::string file_name(std::uint64_t sequence) { return fmt::format("{}{:0{}}", name_prefix, sequence, sequence_digits); }
std::string aside_path(const std::string& directory, int number) { return fmt::format("{}/aside-{}", directory, number); }

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  if (!name.starts_with(name_prefix) || name.size() != name_prefix.size() + sequence_digits) return std::nullopt;
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(name.data() + name_prefix.size(), name.data() + name.size(), sequence);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return sequence;
}

// Newest first.
Result<std::vector<std::uint64_t>> sequences_in(const std::string& directory, FileSystem& files) {
  auto names = files.list(directory);
  if (!names) return tl::unexpected(std::move(names.error()));
  std::vector<std::uint64_t> sequences;
  for (const auto& name : *names) {
    if (const auto sequence = sequence_of(name)) sequences.push_back(*sequence);
  }
  std::ranges::sort(sequences, std::greater());
  return sequences;
}

Result<Search> search(const std::string& directory, const std::vector<std::uint64_t>& newest_first, FileSystem& files) {
  Search result;
  for (const auto sequence : newest_first) {
    const auto path = join(directory, file_name(sequence));
    auto bytes = files.read(path, max_file_bytes);
    if (!bytes) {
      result.damaged.push_back({sequence, std::move(bytes.error())});
      continue;
    }
    auto checkpoint = decode_checkpoint(*bytes);
    if (checkpoint) {
      result.found = LoadedCheckpoint{std::move(*checkpoint), path, {}};
      break;
    }
    // It is not damaged, and what it learned must not be lost without a word.
    if (newer_version(*bytes)) {
      return fail(ErrorCode::data, "{}: {}. Use that rekindle, or start with --fresh, which keeps the files of {} aside and learns anew.",
                  path, checkpoint.error().message, directory);
    }
    result.damaged.push_back({sequence, std::move(checkpoint.error())});
  }
  return result;
}

Error nothing_usable(const std::string& directory, const std::vector<Damaged>& damaged) {
  Error error{ErrorCode::io, fmt::format("no checkpoint in {} can be used:\n", directory)};
  for (const auto& one : damaged) {
    error.message += fmt::format("  {}: {}\n", file_name(one.sequence), one.error.message);
    if (one.error.code != ErrorCode::io) error.code = ErrorCode::data;
  }
  error.message +=
      "Choose one of: put a good copy of a checkpoint file back; start with --fresh, which keeps these files aside and learns anew;"
      " make a checkpoint from a model file with `rekindle import`.";
  return error;
}

Result<std::optional<LoadedCheckpoint>> conclude(const std::string& directory, Search result) {
  if (!result.found) {
    if (result.damaged.empty()) return std::nullopt;
    return tl::unexpected(nothing_usable(directory, result.damaged));
  }
  for (const auto& one : result.damaged) {
    result.found->warnings.push_back(fmt::format("{} passed over: {}", join(directory, file_name(one.sequence)), one.error.message));
  }
  return std::move(result.found);
}

Result<std::optional<LoadedCheckpoint>> load_file(const std::string& path, FileSystem& files) {
  auto bytes = files.read(path, max_file_bytes);
  if (!bytes) return tl::unexpected(std::move(bytes.error()));
  auto checkpoint = decode_checkpoint(*bytes);
  if (!checkpoint) return fail(checkpoint.error().code, "{}: {}", path, checkpoint.error().message);
  return LoadedCheckpoint{std::move(*checkpoint), path, {}};
}

// In a folder and in what was set aside there before: a number means one state, for ever.
Result<std::uint64_t> highest_sequence(const std::string& directory, FileSystem& files) {
  auto newest_first = sequences_in(directory, files);
  if (!newest_first) return tl::unexpected(std::move(newest_first.error()));
  std::uint64_t highest = newest_first->empty() ? 0 : newest_first->front();
  for (int number = 1;; ++number) {
    const auto aside = sequences_in(aside_path(directory, number), files);
    if (!aside) return highest;  // The first that is not there.
    if (!aside->empty()) highest = std::max(highest, aside->front());
  }
}

// A new and empty `aside-N`.
Result<std::string> make_aside(const std::string& directory, FileSystem& files) {
  for (int number = 1;; ++number) {
    auto path = aside_path(directory, number);
    if (auto made = files.make_directories(path); !made) return tl::unexpected(std::move(made.error()));
    const auto names = files.list(path);
    if (!names) return tl::unexpected(names.error());
    if (names->empty()) return path;
  }
}

}  // namespace

Result<std::optional<LoadedCheckpoint>> load_newest(const std::string& path, FileSystem& files) {
  const auto newest_first = sequences_in(path, files);
  if (!newest_first) return load_file(path, files);  // Not a folder, or the same reason once more.
  auto result = search(path, *newest_first, files);
  if (!result) return tl::unexpected(std::move(result.error()));
  return conclude(path, std::move(*result));
}

FileStore::FileStore(std::string directory, int keep, FileSystem& files, std::unique_ptr<FileLock> lock)
    : directory_(std::move(directory)), keep_(std::max(keep, 1)), files_(files), lock_(std::move(lock)) {}

Result<std::unique_ptr<FileStore>> FileStore::open(std::string directory, int keep, FileSystem& files) {
  if (auto made = files.make_directories(directory); !made) return tl::unexpected(std::move(made.error()));
  auto lock = files.lock(join(directory, "lock"));
  if (!lock) return tl::unexpected(std::move(lock.error()));
  const auto highest = highest_sequence(directory, files);
  if (!highest) return tl::unexpected(highest.error());
  std::unique_ptr<FileStore> store(new FileStore(std::move(directory), keep, files, std::move(*lock)));
  store->last_sequence_ = *highest;
  return store;
}

Result<std::optional<LoadedCheckpoint>> FileStore::load() {
  const auto newest_first = sequences_in(directory_, files_);
  if (!newest_first) return tl::unexpected(newest_first.error());
  auto result = search(directory_, *newest_first, files_);
  if (!result) return tl::unexpected(std::move(result.error()));
  for (const auto& one : result->damaged) damaged_.insert(one.sequence);
  // A copy that was put back may have a lower number in its name than inside.
  if (result->found) last_sequence_ = std::max(last_sequence_, result->found->checkpoint.sequence);
  return conclude(directory_, std::move(*result));
}

Result<std::uint64_t> FileStore::save(Checkpoint checkpoint) {
  if (last_sequence_ == std::numeric_limits<std::uint64_t>::max()) {
    return fail(ErrorCode::data, "{} already has the highest checkpoint number that there is", directory_);
  }
  // Used up even where saving fails: a failed save may have left its file behind.
  checkpoint.sequence = ++last_sequence_;
  const auto bytes = encode_checkpoint(checkpoint);
  // What could not be read back must not replace what can.
  if (const auto head = read_head(bytes); !head) {
    return fail(ErrorCode::internal, "checkpoint not saved, it could not be read back: {}", head.error().message);
  }
  if (auto published = publish(join(directory_, file_name(checkpoint.sequence)), bytes); !published) {
    return tl::unexpected(std::move(published.error()));
  }
  remove_old();
  return bytes.size();
}

Status FileStore::publish(const std::string& path, std::span<const std::byte> bytes) {
  const auto beside = join(directory_, being_written);
  auto renamed = files_.write_new(beside, bytes).and_then([&] { return files_.sync_file(beside); }).and_then([&] {
    return files_.rename(beside, path);
  });
  if (!renamed) {
    // Never synced a second time: after a failed sync the system may forget the data and report success.
    std::ignore = files_.remove(beside);
    return renamed;
  }
  // Should this fail, the new file stays: it is whole, only nobody was promised it.
  return files_.sync_directory(directory_);
}

// A failure here loses nothing; the next save tries again.
void FileStore::remove_old() {
  const auto newest_first = sequences_in(directory_, files_);
  if (!newest_first) return;
  int kept = 0;
  for (const auto sequence : *newest_first) {
    if (kept >= keep_) {
      std::ignore = files_.remove(join(directory_, file_name(sequence)));
    } else if (!damaged_.contains(sequence)) {
      ++kept;
    }
  }
}

Status FileStore::set_aside() {
  auto sequences = sequences_in(directory_, files_);
  if (!sequences) return tl::unexpected(std::move(sequences.error()));
  if (sequences->empty()) return {};
  const auto aside = make_aside(directory_, files_);
  if (!aside) return tl::unexpected(aside.error());
  // Oldest first: when we are interrupted, the newest is still the one that a start finds.
  std::ranges::reverse(*sequences);
  for (const auto sequence : *sequences) {
    const auto name = file_name(sequence);
    if (auto moved = files_.rename(join(directory_, name), join(*aside, name)); !moved) return moved;
  }
  damaged_.clear();
  return files_.sync_directory(*aside).and_then([&] { return files_.sync_directory(directory_); });
}

}  // namespace rekindle
