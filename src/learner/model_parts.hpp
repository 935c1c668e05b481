// ModelParts: the weights of all that predicts as named tensors, and a model of them again. A portfolio has a part for each member.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "learner/learner.hpp"

namespace rekindle {

struct ModelPart {
  std::string name;   // "" where there is only one.
  double weight = 1;  // In the mixture.
  std::vector<NamedTensor> tensors;
};

[[nodiscard]] std::vector<ModelPart> parts_of(const Learner& learner);

// Predicts to the bit as the model did that the parts are of. `spec`: that learner's, as far as predictions depend on it; how it learns
// does not matter. `classes`: as many as it knew. ErrorCode::data names the part or the tensor that does not fit.
[[nodiscard]] Result<std::unique_ptr<Member>> member_of(const LearnerSpec& spec, std::size_t features, std::size_t classes,
                                                        const std::vector<ModelPart>& parts);

}  // namespace rekindle
