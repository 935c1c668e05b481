// First weights that were trained elsewhere: do they fit the model?
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/make_model.hpp"

namespace rekindle {

// One line for each mistake, with the tensor's name: a name that is no layer's, another shape, a value that is not finite, a
// weight without its bias. Layers that are not there keep their own first weights. What is not known yet (`inputs` before
// the first record, `outputs` where classes come as they come) fits any shape.
[[nodiscard]] std::vector<std::string> mistakes_in_initial(std::span<const NamedTensor> tensors, const ModelSpec& model,
                                                           std::optional<std::size_t> inputs, std::optional<std::size_t> outputs);

}  // namespace rekindle
