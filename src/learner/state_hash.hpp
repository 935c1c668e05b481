// What a learner knows, as a hash: two that learned the same have the same.
#pragma once

#include <span>
#include <string>

#include "data/section.hpp"

namespace rekindle {

// Of what `Learner::save` gave: `Learner::state_hash` without saving once more.
[[nodiscard]] std::string state_hash(std::span<const StateSection> saved);

}  // namespace rekindle
