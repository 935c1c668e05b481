#include "app/range_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "app/summary.hpp"
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

json::object range_json(const RangeTest& test, const Sweep& sweep, std::span<const RacedRate> race, std::uint64_t race_samples) {
  const auto found = test.result();
  const auto raced = best_rate(race);
  const auto suggestion = raced ? raced : (found ? std::optional(found->steepest) : std::nullopt);
  json::array curve;
  for (const auto& [lr, loss] : test.curve()) curve.push_back(json::object{{"lr", lr}, {"loss", json_number(loss)}});
  json::array rates;
  for (const auto& [lr, loss] : race) rates.push_back(json::object{{"lr", lr}, {"loss", json_number(loss)}});
  return {{"suggestion", json_number(suggestion)},
          {"min_lr", sweep.low},
          {"max_lr", sweep.high},
          {"steepest", found ? json::value(found->steepest) : json::value(nullptr)},
          {"valley", found ? json::value(found->valley) : json::value(nullptr)},
          {"diverged_at", found ? json_number(found->diverged) : json::value(nullptr)},
          {"base_lr", suggestion ? json::value(*suggestion / 10) : json::value(nullptr)},
          {"cycle_max_lr", json_number(suggestion)},
          {"race", std::move(rates)},
          {"race_samples", race_samples},
          {"curve", std::move(curve)}};
}

std::string range_text(const json::object& report) {
  std::string out = fmt::format("{:>12}  {:>10}\n", "lr", "loss");
  const auto& points = report.at("curve").as_array();
  const auto shown = std::min(lines, points.size());
  std::vector<RangePoint> curve;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& point = points[i * points.size() / shown].as_object();
    curve.push_back({number(point, "lr").value_or(0), number(point, "loss").value_or(0)});
  }
  const double highest = curve.empty() ? 1 : std::ranges::max(curve, {}, &RangePoint::loss).loss;
  for (const auto& [lr, loss] : curve) {
    out += fmt::format("{:>12.3g}  {:>10.4f}  {}\n", lr, loss, std::string(static_cast<std::size_t>(50 * loss / highest), '#'));
  }
  const auto suggestion = number(report, "suggestion");
  if (!suggestion) return out + "no suggestion: the loss never fell; more samples or a wider range may help\n";
  const auto& race = report.at("race").as_array();
  const auto why = race.empty() ? std::string("the steepest fall")
                                : fmt::format("the lowest loss of {} constant rates over {} samples", race.size(),
                                              grouped(report.at("race_samples").to_number<std::uint64_t>()));
  out += fmt::format("suggestion   lr = {:.2g}   ({})\n", *suggestion, why);
  if (const auto steepest = number(report, "steepest"); steepest && !race.empty())
    out += fmt::format("steepest     lr = {:.2g}   (where the sweep's loss falls fastest)\n", *steepest);
  if (const auto valley = number(report, "valley"))
    out += fmt::format("valley       lr = {:.2g}   (the lowest loss of the sweep; too high to stay at)\n", *valley);
  if (const auto diverged = number(report, "diverged_at")) out += fmt::format("diverges     lr = {:.2g}\n", *diverged);
  return out + fmt::format("for a cycle  base_lr = {:.2g}, max_lr = {:.2g}\n", *suggestion / 10, *suggestion);
}

}  // namespace rekindle
