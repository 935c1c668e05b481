// The result of a run over a stream: as JSON for programs, and as a few lines for people.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "learner/learner.hpp"

namespace rekindle {

// The fields of `replay --json`.
[[nodiscard]] boost::json::object summary_json(const Learner& learner, double seconds);

// `incidents_shown`: the newest this many are spelled out.
[[nodiscard]] std::string summary_text(const Learner& learner, double seconds, std::size_t incidents_shown = 20);

// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace rekindle
