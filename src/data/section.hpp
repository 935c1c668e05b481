// StateSection: one named part of the learning state, as ByteWriter wrote it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

struct StateSection {
  std::string name;
  std::vector<std::byte> bytes;
};

[[nodiscard]] inline const StateSection* find_section(std::span<const StateSection> sections, std::string_view name) {
  for (const auto& section : sections) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

}  // namespace rekindle
