// What of a model can be told to be wrong before it is built: its size, and first weights of another shape.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "learner/memory_need.hpp"

namespace rekindle {

// Nothing where classes come as they come.
[[nodiscard]] std::optional<std::size_t> known_outputs(const Schema& schema);

// "" where the model with all its copies fits into `spec.memory_limit`.
[[nodiscard]] std::string too_large(const LearnerSpec& spec, const MemoryNeed& need, std::size_t inputs, std::size_t outputs);

// All that could not be told before the features were known; ErrorCode::configuration.
[[nodiscard]] Status check_model(const LearnerSpec& spec, std::size_t features);

}  // namespace rekindle
