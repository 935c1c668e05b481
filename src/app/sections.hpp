// The sections of a configuration and their keys: the one table behind the check, the schema and the reference.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/parameters.hpp"

namespace rekindle {

struct Section {
  std::string name;  // "" for the keys before the first section.
  std::string meaning;
  std::vector<ParameterSpec> keys;
  // Keys of the documented configuration that this version does not have yet. Their default may be written out; any other
  // value is a mistake with a message of its own.
  std::vector<ParameterSpec> later;
};

[[nodiscard]] std::span<const Section> sections();
[[nodiscard]] const Section& section(const std::string& name);

// The keys that `[schedule]` takes beside those of its type.
[[nodiscard]] std::span<const ParameterSpec> schedule_section_keys();
// Of one row of `drift.responses`, of its `cycle`, and of `drift.trial`.
[[nodiscard]] std::span<const ParameterSpec> response_keys();
[[nodiscard]] std::span<const ParameterSpec> cycle_keys();
[[nodiscard]] std::span<const ParameterSpec> trial_keys();

// Those of `learner.guard`, `learner.plateau_bump` and `schedule.cooldown`.
[[nodiscard]] std::span<const ParameterSpec> guard_keys();
// Of `output.model`, where it is a table.
[[nodiscard]] std::span<const ParameterSpec> model_output_keys();
// Of `source.registry`, where it is a table.
[[nodiscard]] std::span<const ParameterSpec> registry_keys();
[[nodiscard]] std::span<const ParameterSpec> plateau_bump_keys();
[[nodiscard]] std::span<const ParameterSpec> cooldown_keys();

// The keys of one [[model.layers]].
[[nodiscard]] std::span<const ParameterSpec> model_layer_keys();
// The keys that `[[drift.detectors]]` takes beside those of its type.
[[nodiscard]] std::span<const ParameterSpec> detector_section_keys();

}  // namespace rekindle
