// Input: the features of one sample as a model takes them, a dense part and a sparse one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace rekindle {

// value[i] is the value of sparse coordinate index[i]; the indexes ascend and none is there twice. Every other sparse
// coordinate is 0. Either part may be empty.
template <class Real>
struct Input {
  std::span<const Real> dense;
  std::span<const std::uint32_t> index;
  std::span<const Real> value;
};

// How much of each there is. Sparse coordinates beyond `sparse` may come later, and are appended; nothing: there is no
// sparse part.
struct InputShape {
  std::size_t dense = 0;
  std::optional<std::size_t> sparse;
};

}  // namespace rekindle
