// The configuration as a JSON Schema (draft 2020-12), for editors that complete and check TOML by one.
#pragma once

#include <boost/json/object.hpp>

namespace rekindle {

[[nodiscard]] boost::json::object configuration_json_schema();

}  // namespace rekindle
