// CompareReport: what `compare --report` shows.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <string>

#include "app/ranking.hpp"

namespace rekindle {

struct NamedText {
  std::string name;
  std::string text;
};

struct CompareReport {
  std::string recording;
  std::uint64_t samples = 0;
  std::span<const RankedRow> rows;
  std::span<const NamedText> configurations;         // Those that were named, in that order.
  const std::vector<PlannedDrift>* truth = nullptr;  // Where they are known.

  [[nodiscard]] boost::json::object json() const;
};

// Means over equal stretches of `blocks`, at most `most` of them: {"x": [samples at the end], "y": [...], "labelled": [of each]}.
[[nodiscard]] boost::json::object stretch_means_json(const std::vector<double>& blocks, const std::vector<std::uint64_t>& ends,
                                                     std::size_t most);

}  // namespace rekindle
