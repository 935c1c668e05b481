// What of a model can be told to be wrong before it is built: its size, and first weights of another shape.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// Nothing where classes come as they come.
[[nodiscard]] std::optional<std::size_t> known_outputs(const Schema& schema);

// "" where weights, gradient, accumulators and the copies of them that are made on the way fit into `memory_limit` bytes.
[[nodiscard]] std::string too_large(const MemberSpec& member, std::size_t inputs, std::size_t outputs, std::int64_t memory_limit);

// All that could not be told before the features were known; ErrorCode::configuration.
[[nodiscard]] Status check_model(const LearnerSpec& spec, std::size_t features, std::int64_t memory_limit);

}  // namespace rekindle
