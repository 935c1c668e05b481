// What a group has left on its topics, looked at from beside: nobody is fenced, nothing is written.
#pragma once

#include <optional>
#include <vector>

#include "app/configuration.hpp"
#include "base/result.hpp"
#include "checkpoint/store.hpp"
#include "cluster/messages.hpp"
#include "learner/learner.hpp"

namespace rekindle {

struct GroupLook {
  std::vector<LoadedCheckpoint> tasks;  // By their names; at least one.
  std::optional<cluster::Round> round;  // The leader's newest, as the next; nothing where none has said anything yet.
  std::optional<cluster::Model> model;
};

// ErrorCode::data: there is no group of this name, or something of it is damaged.
[[nodiscard]] Result<GroupLook> look_at_group(const Configuration& configuration);

// The task that has learned most, to be asked for what all have in common.
[[nodiscard]] LoadedCheckpoint& most_learned(GroupLook& look);
// ErrorCode::data: the model is of other features.
[[nodiscard]] Status adopt_model(const GroupLook& look, Learner& learner);

}  // namespace rekindle
