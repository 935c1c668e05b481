#include "app/truth.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <numeric>

#include "http/json_text.hpp"

namespace rekindle {

namespace {

std::vector<std::string> fields_of(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::optional<std::uint64_t> whole(const std::string& text) {
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::uint64_t beginning(const PlannedDrift& drift) {
  const std::uint64_t before = drift.kind == "gradual" ? drift.width / 2 : 0;
  return drift.sample > before ? drift.sample - before : 0;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

Result<std::vector<PlannedDrift>> read_truth(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(ErrorCode::io, "{}: cannot be read", path);
  std::string line;
  std::getline(in, line);
  const auto header = fields_of(line);
  const auto column = [&](const char* name) { return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin()); };
  const auto sample = column("sample");
  const auto kind = column("kind");
  const auto width = column("width");
  if (std::max({sample, kind, width}) >= header.size())
    return fail(ErrorCode::data, "{}: line 1: expected the columns sample, kind, width", path);
  std::vector<PlannedDrift> drifts;
  for (std::uint64_t number = 2; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const auto fields = fields_of(line);
    const auto at = sample < fields.size() ? whole(fields[sample]) : std::nullopt;
    const auto wide = width < fields.size() ? whole(fields[width]) : std::nullopt;
    if (!at || !wide || kind >= fields.size())
      return fail(ErrorCode::data, "{}: line {}: expected a drift, got \"{}\"", path, number, line);
    drifts.push_back({*at, fields[kind], *wide, 0});
  }
  if (!std::ranges::is_sorted(drifts, {}, &PlannedDrift::sample)) return fail(ErrorCode::data, "{}: the drifts are not in order", path);
  return drifts;
}

DetectionScore score_alarms(std::span<const std::uint64_t> alarms, std::span<const PlannedDrift> drifts, std::uint64_t length) {
  DetectionScore score;
  std::vector<double> delays;
  std::size_t next = 0;
  const auto pass_until = [&](std::uint64_t end) {
    std::size_t passed = 0;
    for (; next < alarms.size() && alarms[next] < end; ++next) ++passed;
    return passed;
  };
  for (std::size_t i = 0; i < drifts.size() && beginning(drifts[i]) < length; ++i) {
    ++score.drifts;
    const auto begin = beginning(drifts[i]);
    score.false_alarms += pass_until(begin);
    const auto end = i + 1 < drifts.size() ? beginning(drifts[i + 1]) : length;
    if (next < alarms.size() && alarms[next] < end) {
      delays.push_back(static_cast<double>(alarms[next] - begin));
      score.false_alarms += pass_until(end) - 1;
    }
  }
  score.false_alarms += alarms.size() - next;
  score.detected = delays.size();
  score.missed = score.drifts - score.detected;
  if (delays.empty()) return score;
  score.mean_delay = std::accumulate(delays.begin(), delays.end(), 0.0) / static_cast<double>(delays.size());
  score.median_delay = median(std::move(delays));
  return score;
}

std::uint64_t dummy_interval(std::size_t alarms, std::uint64_t length) {
  return alarms == 0 ? 1000 : std::max<std::uint64_t>(1, length / alarms);
}

std::vector<Judged> judge(const std::string& name, std::span<const std::uint64_t> alarms, std::span<const PlannedDrift> drifts,
                          std::uint64_t length) {
  const auto k = dummy_interval(alarms.size(), length);
  return {{name, score_alarms(alarms, drifts, length)},
          {"never", score_alarms({}, drifts, length)},
          {fmt::format("every {}", k), score_alarms(every(k, length), drifts, length)}};
}

std::string judged_text(std::span<const Judged> rows, std::uint64_t length) {
  std::size_t width = 14;
  for (const auto& row : rows) width = std::max(width, row.name.size() + 2);
  auto out = fmt::format("{:<{}}{:>8}{:>10}{:>8}{:>14}{:>12}{:>12}{:>14}\n", "", width, "drifts", "detected", "missed", "false alarms",
                         "per 10,000", "mean delay", "median delay");
  const auto number = [](const std::optional<double>& value) { return value ? fmt::format("{:.1f}", *value) : std::string("-"); };
  for (const auto& [name, score] : rows) {
    const double rate = length == 0 ? 0 : 1e4 * static_cast<double>(score.false_alarms) / static_cast<double>(length);
    out += fmt::format("{:<{}}{:>8}{:>10}{:>8}{:>14}{:>12.2f}{:>12}{:>14}\n", name, width, score.drifts, score.detected, score.missed,
                       score.false_alarms, rate, number(score.mean_delay), number(score.median_delay));
  }
  return out;
}

boost::json::object judged_json(const DetectionScore& score) {
  return {{"drifts", score.drifts},
          {"detected", score.detected},
          {"missed", score.missed},
          {"false_alarms", score.false_alarms},
          {"mean_delay", json_number(score.mean_delay)},
          {"median_delay", json_number(score.median_delay)}};
}

std::vector<std::uint64_t> every(std::uint64_t k, std::uint64_t length) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t at = k; at < length; at += k) out.push_back(at);
  return out;
}

}  // namespace rekindle
