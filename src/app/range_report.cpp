#include "app/range_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "http/json_text.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

constexpr std::size_t lines = 24;

std::optional<double> number(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_number() ? std::optional(value->to_number<double>()) : std::nullopt;
}

}  // namespace

json::object range_json(const RangeTest& test, const Sweep& sweep) {
  const auto found = test.result();
  json::array curve;
  for (const auto& [lr, loss] : test.curve()) curve.push_back(json::object{{"lr", lr}, {"loss", json_number(loss)}});
  return {{"suggestion", found ? json::value(found->steepest) : json::value(nullptr)},
          {"min_lr", sweep.low},
          {"max_lr", sweep.high},
          {"valley", found ? json::value(found->valley) : json::value(nullptr)},
          {"diverged_at", found ? json_number(found->diverged) : json::value(nullptr)},
          {"base_lr", found ? json::value(found->steepest / 10) : json::value(nullptr)},
          {"cycle_max_lr", found ? json::value(found->steepest) : json::value(nullptr)},
          {"curve", std::move(curve)}};
}

std::string range_text(std::span<const RangePoint> curve, const std::optional<RangeResult>& found) {
  std::string out = fmt::format("{:>12}  {:>10}\n", "lr", "loss");
  double highest = 0;
  for (const auto& [lr, loss] : curve) highest = std::max(highest, loss);
  for (const auto& [lr, loss] : curve) {
    const auto bar = static_cast<std::size_t>(50 * loss / highest);
    out += fmt::format("{:>12.3g}  {:>10.4f}  {}\n", lr, loss, std::string(bar, '#'));
  }
  if (!found) return out + "no suggestion: the loss never fell; more samples or a wider range may help\n";
  out += fmt::format("suggestion   lr = {:.2g}   (the steepest fall)\n", found->steepest);
  out += fmt::format("valley       lr = {:.2g}   (the lowest loss; too high to stay at)\n", found->valley);
  if (found->diverged) out += fmt::format("diverges     lr = {:.2g}\n", *found->diverged);
  return out + fmt::format("for a cycle  base_lr = {:.2g}, max_lr = {:.2g}\n", found->steepest / 10, found->steepest);
}

std::string range_text(const json::object& report) {
  std::vector<RangePoint> curve;
  const auto& points = report.at("curve").as_array();
  for (std::size_t i = 0; i < std::min(lines, points.size()); ++i) {
    const auto& point = points[i * points.size() / std::min(lines, points.size())].as_object();
    curve.push_back({number(point, "lr").value_or(0), number(point, "loss").value_or(0)});
  }
  std::optional<RangeResult> found;
  if (const auto steepest = number(report, "suggestion"))
    found = RangeResult{*steepest, number(report, "valley").value_or(0), number(report, "diverged_at")};
  return range_text(curve, found);
}

}  // namespace rekindle
