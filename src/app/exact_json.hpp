// JSON whose numbers come back to the bit; Boost.JSON's own parser rounds some of them to the neighbour.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

// One document. ErrorCode::data with Boost.JSON's reason.
[[nodiscard]] Result<boost::json::value> parse_exact_json(std::string_view text);

}  // namespace rekindle
