// Events as JSON, one form for whoever reads them outside of this process; docs/outputs.md describes it.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "data/event.hpp"
#include "data/position.hpp"

namespace rekindle {

struct NamedEvent {
  std::string_view type;
  boost::json::object fields;
};

[[nodiscard]] NamedEvent event_json(const Event& event);

// {"position": {topic: {partition: next offset}}}
[[nodiscard]] boost::json::object position_json(const Position& position);

}  // namespace rekindle
