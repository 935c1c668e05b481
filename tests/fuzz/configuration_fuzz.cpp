#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/configuration.hpp"
#include "app/toml.hpp"

// What passes the check is printed as an effective configuration that passes it again, and is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rekindle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Secrets are read from whatever file is named, and are masked in what is printed.
  if (text.find("secrets") != std::string_view::npos || text.find("properties") != std::string_view::npos) return 0;
  Diagnostics diagnostics;
  const auto table = read_toml_text(text, "input.toml", diagnostics);
  const auto first = check_configuration(table, "input.toml", diagnostics);
  for (const auto& one : diagnostics.all()) {
    if (one.message.empty()) std::abort();
  }
  if (diagnostics.failed()) return 0;
  Diagnostics again;
  const auto second = check_configuration(read_toml_text(first.text, "effective.toml", again), "effective.toml", again);
  if (again.failed() || second.text != first.text) std::abort();
  return 0;
}
