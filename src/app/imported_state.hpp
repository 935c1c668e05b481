// A learner that begins with a model from a file, under a configuration of its own.
#pragma once

#include <memory>

#include "app/configuration.hpp"
#include "app/imported_model.hpp"
#include "app/session.hpp"

namespace rekindle {

// Its weights, the statistics of its scaling, its classes and the values of its categories; everything else is new. Features
// are matched by name. ErrorCode::configuration: the model is not one of this configuration; the message names the key.
// `notes`: what the file does not tell, or the configuration does not keep.
[[nodiscard]] Result<std::unique_ptr<Session>> begin_with(const Configuration& configuration, const ImportedModel& model,
                                                          std::vector<std::string>& notes);

}  // namespace rekindle
