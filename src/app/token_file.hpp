// The file that a bearer token is kept in.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rekindle {

// Its first word; "" for no path. ErrorCode::io, naming the file: there is none.
[[nodiscard]] Result<std::string> read_token(const std::string& path);

}  // namespace rekindle
