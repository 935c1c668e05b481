#include "tests/fault/trial.hpp"

#include <algorithm>
#include <utility>

namespace rekindle {
namespace {

constexpr int keep = 2;
constexpr int saves = 4;
constexpr std::size_t sector = 512;
const std::string folder = "/state";

std::vector<std::byte> noise(std::size_t size, std::uint64_t seed) {
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::byte>(seed >> 56);
  }
  return bytes;
}

bool same_content(const Checkpoint& a, const Checkpoint& b) {
  const auto same = [](const CheckpointSection& x, const CheckpointSection& y) { return x.name == y.name && x.bytes == y.bytes; };
  return a.created_ms == b.created_ms && a.position == b.position && a.configuration == b.configuration && a.summary == b.summary &&
         std::ranges::equal(a.sections, b.sections, same);
}

Result<std::optional<LoadedCheckpoint>> start_and_load(FileSystem& files) {
  auto store = FileStore::open(folder, keep, files);
  if (!store) return tl::unexpected(store.error());
  return (*store)->load();
}

// A flip may make the format version a newer one, which is refused. Otherwise the file before is loaded, nothing in part.
void start_from_damaged(const Mutation& mutation, Findings& findings, Disk disk, const std::vector<std::byte>& newest) {
  std::prev(disk.end())->second = newest;
  SimulatedFileSystem files(disk);
  const auto wrapped = mutation.wrap(files);
  const auto loaded = start_and_load(*wrapped);
  ++findings.states;
  const bool newer = !loaded && loaded.error().message.find("newer rekindle") != std::string::npos;
  const bool whole = loaded && *loaded && number_of((*loaded)->checkpoint) >= saves - 1;
  if (newer || whole) return;
  ++findings.violations;
  ++findings.kinds[loaded ? "wrong content" : "refused"];
  if (findings.first.empty()) findings.first = loaded ? "a damaged file was loaded" : loaded.error().message;
}

}  // namespace

Checkpoint numbered_checkpoint(int number) {
  Checkpoint checkpoint;
  checkpoint.created_ms = number;
  checkpoint.position.set("samples", 0, number * 100);
  checkpoint.summary = {{"number", std::to_string(number)}};
  checkpoint.sections.push_back({"learner", noise(1500, static_cast<std::uint64_t>(number))});
  checkpoint.sections.push_back({"schedule", std::vector<std::byte>(700, static_cast<std::byte>(number))});
  return checkpoint;
}

int number_of(const Checkpoint& checkpoint) {
  const auto number = static_cast<int>(checkpoint.created_ms);
  return same_content(checkpoint, numbered_checkpoint(number)) ? number : -1;
}

std::string Findings::text() const {
  auto text = fmt::format("{} operations, {} states, {} violations", operations, states, violations);
  for (const auto& [kind, count] : kinds) text += fmt::format(", {} {}", count, kind);
  return text + (first.empty() ? "" : "\n" + first);
}

Trial::Trial(Mutation mutation, Findings& findings, const Disk& disk, int promised)
    : mutation_(std::move(mutation)),
      findings_(findings),
      disk_(disk),
      files_(mutation_.wrap(disk_)),
      promised_(promised),
      tried_(promised) {
  disk_.after_each([this] {
    ++findings_.operations;
    check_all();
  });
}

void Trial::run(int count) {
  constexpr int attempts = 3;
  for (int i = 0; i < attempts && !store_; ++i) {
    if (auto store = FileStore::open(folder, keep, *files_)) store_ = std::move(*store);
  }
  if (!store_) return;
  std::ignore = store_->load();
  for (int i = 0; i < count; ++i) save_next();
}

void Trial::save_next() {
  ++tried_;
  if (!store_->save(numbered_checkpoint(tried_))) return;
  promised_ = tried_;
  check_all();
}

void Trial::expect_healed() {
  disk_.heal();
  if (!store_) run(0);
  if (!store_) return violated("not healed", "the store does not open");
  save_next();
  if (promised_ != tried_) violated("not healed", "a save fails when nothing is wrong any more");
}

void Trial::violated(const std::string& kind, const std::string& detail) {
  ++findings_.violations;
  ++findings_.kinds[kind];
  if (!findings_.first.empty()) return;
  findings_.first = fmt::format("{}: {} (promised {}, tried {}), after:", kind, detail, promised_, tried_);
  for (const auto& line : disk_.log()) findings_.first += "\n  " + line;
}

void Trial::check_all() {
  check(disk_.visible());
  for (const auto& disk : disk_.after_power_loss()) check(disk);
}

void Trial::check(const Disk& disk) {
  if (!findings_.seen.emplace(disk, promised_).second) return;
  ++findings_.states;
  SimulatedFileSystem again(disk);
  const auto files = mutation_.wrap(again);
  check_loaded(start_and_load(*files));
}

void Trial::check_loaded(const Result<std::optional<LoadedCheckpoint>>& loaded) {
  if (!loaded) return violated("refused", loaded.error().message);
  if (!*loaded) {
    if (promised_ != 0) violated("lost", "nothing was found");
    return;
  }
  const auto number = number_of((*loaded)->checkpoint);
  if (number < 0 || number > tried_) return violated("wrong content", (*loaded)->path);
  if (number < promised_) return violated("lost", fmt::format("{} was found", number));
  // Nothing incomplete may ever have its final name: falling back is for disks that break, not for crashes.
  if (!(*loaded)->warnings.empty()) violated("damaged", (*loaded)->warnings.front());
}

void try_power_loss(const Mutation& mutation, Findings& findings) {
  Trial(mutation, findings).run(saves);
  const auto first_run = findings.seen;
  std::set<Disk> done;
  for (const auto& [disk, promised] : first_run) {
    if (!done.insert(disk).second) continue;
    SimulatedFileSystem again(disk);
    const auto loaded = start_and_load(again);
    // What a start has found on the disk is safe there, and the start goes on from it.
    if (loaded) Trial(mutation, findings, disk, *loaded ? number_of((*loaded)->checkpoint) : 0).run(2);
  }
}

void try_errors(const Mutation& mutation, Findings& findings) {
  for (const auto fault : {Fault::io_error, Fault::disk_full, Fault::short_write, Fault::too_late}) {
    for (const bool from_then_on : {false, true}) {
      for (std::size_t operation = 1;; ++operation) {
        Trial trial(mutation, findings);
        trial.disk().fail_at(operation, fault, from_then_on);
        trial.run(saves);
        const auto faults = trial.disk().faults();
        trial.expect_healed();
        if (faults == 0) break;
      }
    }
  }
}

void try_damage(const Mutation& mutation, Findings& findings) {
  Findings ignored;
  Trial good(no_mutation(), ignored);
  good.run(saves);
  const auto disk = good.disk().visible();
  const auto whole = std::prev(disk.end())->second;
  const auto begin = whole.begin();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto bytes = whole;
      bytes[at] ^= static_cast<std::byte>(1U << bit);
      start_from_damaged(mutation, findings, disk, bytes);
    }
    start_from_damaged(mutation, findings, disk, {begin, begin + static_cast<std::ptrdiff_t>(at)});
    if (at % sector != 0) continue;
    auto bytes = whole;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min(sector, whole.size() - at), std::byte{0});
    start_from_damaged(mutation, findings, disk, bytes);
  }
}

}  // namespace rekindle
