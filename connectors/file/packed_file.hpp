// PackedFile: a file that is written from its beginning to its end, packed as its name says (.gz, .zst).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

class PackedFile {
 public:
  virtual ~PackedFile() = default;
  // Replaces what is there. "-" is standard output.
  [[nodiscard]] static Result<std::unique_ptr<PackedFile>> create(const std::string& path);
  [[nodiscard]] virtual Status write(std::string_view bytes) = 0;
  // Without it, the end of the file may be missing.
  [[nodiscard]] virtual Status close() = 0;
};

}  // namespace rekindle
