// "Did you mean ...": the known name nearest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost one each.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate at a distance of at most a third of the longer name (but at least one), or "".
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string> candidates);

// `; did you mean "x"?` where there is a near candidate, else "".
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace rekindle
