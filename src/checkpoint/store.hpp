// CheckpointStore: where checkpoints are kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "checkpoint/checkpoint.hpp"
#include "data/output.hpp"

namespace rekindle {

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  std::string path;
  std::vector<std::string> warnings;  // One for each newer file that did not verify, saying why.
};

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // The newest; an empty optional where there is none at all. ErrorCode::unavailable: it cannot be told now, call it again. Called until
  // it succeeds, before the first `save`.
  [[nodiscard]] virtual Result<std::optional<LoadedCheckpoint>> load() = 0;

  // When it returns the size, every later `load` gives this checkpoint or a newer one, whatever crashes in between. A store that
  // publishes `outputs` does so in the same step: readers see all of them and the checkpoint is there, or neither. One thread at a time.
  [[nodiscard]] virtual Result<std::uint64_t> save(Checkpoint checkpoint, const OutputBatch& outputs) = 0;

  // `--fresh`: nothing is there for `load` afterwards; what was is kept elsewhere.
  [[nodiscard]] virtual Status set_aside() = 0;

  // Whether it is on other machines: `load` may have to wait for them, and offsets are committed with a checkpoint.
  [[nodiscard]] virtual bool is_remote() const { return false; }
  // From now on `save` gives up after the patience, with ErrorCode::unavailable. Any thread, as the next.
  virtual void hurry(std::chrono::milliseconds /*patience*/) {}
  [[nodiscard]] virtual std::string problem() const { return ""; }  // Why a `save` under way takes long.
};

}  // namespace rekindle
