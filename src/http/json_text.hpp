// JSON values as text, with numbers as people write them: 0.1, not 1E-1.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

// Compact, keys in the order they were put in. Doubles are the shortest that read back as the same bits; those that are not finite
// become null, and bytes that are no UTF-8 become U+FFFD, so that the text is always valid JSON.
[[nodiscard]] std::string json_text(const boost::json::value& value);

[[nodiscard]] boost::json::array json_strings(const std::vector<std::string>& texts);

// Nothing where the text is no JSON, or no object.
[[nodiscard]] std::optional<boost::json::object> json_object_of(std::string_view text);

// null for what is unknown or not finite.
[[nodiscard]] boost::json::value json_number(double value);
[[nodiscard]] boost::json::value json_number(const std::optional<double>& value);

}  // namespace rekindle
