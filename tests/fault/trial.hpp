// Trial: saves one checkpoint after the other on a simulated disk, and checks every state that a crash could leave.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/file_store.hpp"
#include "tests/fault/mutations.hpp"
#include "tests/fault/simulated_file_system.hpp"

namespace rekindle {

// The `number`-th checkpoint of a run: several sectors long, with a section that compresses and one that does not.
[[nodiscard]] Checkpoint numbered_checkpoint(int number);

// The number of a checkpoint that is whole; -1 when anything in it differs from what that number was saved with.
[[nodiscard]] int number_of(const Checkpoint& checkpoint);

// What the suites below saw.
struct Findings {
  std::size_t operations = 0;  // After how many a crash was tried.
  std::size_t states = 0;      // Different pairs of disk and promise that were recovered from.
  std::size_t violations = 0;
  std::map<std::string, std::size_t> kinds;
  std::string first;  // The first violation, with the operations before it.
  std::set<std::pair<Disk, int>> seen;
  [[nodiscard]] std::string text() const;
};

class Trial {
 public:
  // The disk already holds `promised`, 0 for none.
  Trial(Mutation mutation, Findings& findings, const Disk& disk = {}, int promised = 0);
  [[nodiscard]] SimulatedFileSystem& disk() { return disk_; }
  // Starts the store, loads, saves `count` more. Goes on after errors, as the daemon does.
  void run(int count);
  // One more save has to succeed, now that nothing fails any more.
  void expect_healed();

 private:
  void check_all();
  void save_next();
  void violated(const std::string& kind, const std::string& detail);
  void check(const Disk& disk);
  void check_loaded(const Result<std::optional<LoadedCheckpoint>>& loaded);

  Mutation mutation_;
  Findings& findings_;
  SimulatedFileSystem disk_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<FileStore> store_;
  int promised_;  // The last save that was acknowledged.
  int tried_;
};

// A power loss after every operation of a run; then again in a second run from each disk that the first may leave.
void try_power_loss(const Mutation& mutation, Findings& findings);
// Each operation fails once, or it and all after it, in every way; with a power loss after every operation on top.
void try_errors(const Mutation& mutation, Findings& findings);
// Every bit of the newest file flipped, every sector zeroed, every length.
void try_damage(const Mutation& mutation, Findings& findings);

}  // namespace rekindle
