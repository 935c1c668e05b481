// ONNX: the model as a graph that other runtimes evaluate (onnx.ai, IR version 8, operator set 17), with the scaling as it is now.
#pragma once

#include <string>

#include "base/result.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// Inputs: `features` [N, columns], raw as they come in the records, in the order of the metadata's `features`: the dense ones, then
// a column for each one-hot value, 1 where the record has it, else 0; NaN is a missing value. `offset` [N, 1] where the schema has one.
// Outputs: `prediction` [N], a number or the index of a class in the metadata's `classes`; of a classifier `probabilities` [N, classes].
// Float32, or float64 where the model computes in that. Of a portfolio it is the champion alone.
// ErrorCode::usage for what it has no form for: hashed features, 16-bit precision.
[[nodiscard]] Result<std::string> encode_onnx(const Learner& learner);

}  // namespace rekindle
