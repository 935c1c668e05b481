// Adaptation: what a changed configuration keeps of an old state, and what it refuses.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/section.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// What a saved state was made for.
struct SavedShape {
  std::string task;
  std::string model;   // linear | mlp
  std::string hidden;  // "[32, 16]"; "" where the model has none, as below.
  std::string activation;
  std::string precision;
  std::vector<std::string> features;             // As they enter the model.
  std::vector<std::string> configured_features;  // As the configuration named them; empty: none named.
  std::vector<std::string> classes;
  std::string optimizer;  // Type.
  std::string schedule;   // ScheduleSpec::identity
  std::string scaling;
  std::string sparse;  // How the sparse coordinates came about; "": there are none.
  std::string mode;    // single | portfolio full | portfolio lite
};

[[nodiscard]] SavedShape shape_of(const LearnerSpec& spec, std::vector<std::string> features, std::vector<std::string> classes);
[[nodiscard]] StateSection save_shape(const SavedShape& shape);
[[nodiscard]] Result<SavedShape> load_shape(std::span<const StateSection> sections);

// The lines that `check --against` prints, by the table: schedule changed: weights kept, origin = now; optimizer type
// changed: weights kept, new accumulators; features matched by name; task, model type or precision changed: refused.
struct Adaptation {
  std::vector<std::string> kept;
  std::vector<std::string> changed;
  std::vector<std::string> refused;
};
[[nodiscard]] Adaptation plan_adaptation(const SavedShape& saved, const LearnerSpec& spec);

// The features that `configured` names among those saved: x names itself and x[0], x[1], ... Nothing configured, or the
// same names as before: all of them. An empty optional: some configured name is not among them, only a record can tell.
[[nodiscard]] std::optional<std::vector<std::string>> features_from_state(const SavedShape& saved,
                                                                          const std::vector<std::string>& configured);

}  // namespace rekindle
