#include "app/compare_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "app/report_file.hpp"
#include "app/version.hpp"
#include "http/status_json.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

constexpr std::size_t most_points = 120;     // Several curves in one chart: more would only be noise.
constexpr std::size_t most_incidents = 200;  // Of each configuration; the newest.

// configuration | no response | constant
std::string role_of(const std::string& name, std::span<const NamedText> configurations) {
  if (std::ranges::find(configurations, name, &NamedText::name) != configurations.end()) return "configuration";
  return name == "no response" ? name : "constant";
}

json::array incidents_of(const Contestant& one) {
  const auto& newest = one.learner().incidents().newest();
  json::array out;
  for (std::size_t i = newest.size() > most_incidents ? newest.size() - most_incidents : 0; i < newest.size(); ++i) {
    if (newest[i].sample >= one.samples_before()) out.push_back(incident_json(newest[i]));
  }
  return out;
}

}  // namespace

json::object stretch_means_json(const std::vector<double>& blocks, const std::vector<std::uint64_t>& ends, std::size_t most) {
  const auto together = std::max<std::size_t>(1, (blocks.size() + most - 1) / most);
  std::vector<ThinnedSeries::Point> points;
  json::array labelled;
  double sum = 0;
  std::size_t in_stretch = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    sum += blocks[i];
    if (++in_stretch < together && i + 1 < blocks.size()) continue;
    points.push_back({ends[i], sum / static_cast<double>(in_stretch)});
    labelled.emplace_back(in_stretch * contest_block);
    sum = 0;
    in_stretch = 0;
  }
  auto out = curve_json(points);
  out["labelled"] = std::move(labelled);
  return out;
}

json::object CompareReport::json() const {
  json::array details;
  const RankedRow* best_constant = nullptr;
  for (const auto& row : rows) {
    const auto& one = *row.contestant;
    const auto role = role_of(one.name(), configurations);
    // Ranked: the first is the best.
    const bool best = role == "constant" && best_constant == nullptr;
    if (best) best_constant = &row;
    details.push_back(json::object{{"role", role},
                                   {"best_constant", best},
                                   {"curve", stretch_means_json(one.blocks(), one.block_ends(), most_points)},
                                   {"incidents", incidents_of(one)}});
  }
  json::array texts;
  for (const auto& one : configurations) texts.push_back(json::object{{"config", one.name}, {"text", one.text}});
  json::array drifts;
  for (const auto& one : truth == nullptr ? std::vector<PlannedDrift>{} : *truth)
    drifts.push_back(json::object{{"sample", one.sample}, {"kind", one.kind}});
  return {{"kind", "compare"},
          {"program", fmt::format("rekindle {} ({})", version, commit)},
          {"recording", recording},
          {"samples", samples},
          {"block", block_samples({rows.begin(), rows.end()})},
          {"rows", ranking_json({rows.begin(), rows.end()}, truth)},
          {"planned", std::move(drifts)},
          {"details", std::move(details)},
          {"configurations", std::move(texts)}};
}

}  // namespace rekindle
