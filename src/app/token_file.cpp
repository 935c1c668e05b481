#include "app/token_file.hpp"

#include <fstream>

namespace rekindle {

Result<std::string> read_token(const std::string& path) {
  std::string token;
  if (path.empty()) return token;
  std::ifstream file(path);
  if (!file || !(file >> token)) return fail(ErrorCode::io, "no token can be read from {}", path);
  return token;
}

}  // namespace rekindle
