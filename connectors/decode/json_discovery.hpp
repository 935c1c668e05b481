// The fields of a JSON object as discovery sees them.
#pragma once

#include <simdjson.h>

#include <vector>

#include "connectors/decode/fields.hpp"

namespace rekindle {

// Members of objects are found under their path, down to `longest_json_path`. False: the JSON is broken.
[[nodiscard]] bool find_fields(simdjson::ondemand::object& object, const Schema& schema, std::vector<FoundField>& found);

}  // namespace rekindle
