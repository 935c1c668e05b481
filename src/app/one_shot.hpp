// Reading a source once, as it is now, for commands that end.
#pragma once

#include <functional>

#include "app/configuration.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// The topics of `settings` up to their present ends, in a group of its own.
[[nodiscard]] std::unique_ptr<SampleSource> make_one_shot_source(kafka::KafkaSourceSettings settings);

// Gives each record to `take` until that says false. ErrorCode::unavailable: nobody answers, or a topic is not there;
// ErrorCode::interrupted: a signal came.
[[nodiscard]] Status read_once(SampleSource& source, const std::function<Result<bool>(const RawRecord&)>& take);

}  // namespace rekindle
