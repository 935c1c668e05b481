#include "app/page_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "app/clock.hpp"
#include "app/event_json.hpp"
#include "http/status_json.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

constexpr std::size_t most_points = 1200;
constexpr std::size_t most_messages = 600;
constexpr std::size_t most_marks = 300;

// Nothing where no partition's is known.
json::value lag_of(const SourceStatus& source) {
  std::optional<double> sum;
  for (const auto& one : source.partitions) {
    if (one.lag_records) sum = sum.value_or(0) + static_cast<double>(*one.lag_records);
  }
  return json_number(sum);
}

// Each skipped update would be a message while a learner blows up, which the log and the metrics count; a commanded rate comes as
// the command that it is.
bool is_told(const Event& event) {
  return !std::holds_alternative<UpdateSkipped>(event) && !std::holds_alternative<LearningRateCommanded>(event);
}

}  // namespace

void PageFeed::observe(const StatusSnapshot& status, double now_seconds) {
  last_point_ = now_seconds;
  const auto& learner = status.learner;
  Point point{now_seconds,
              {{"samples", learner.samples},
               {"lr", learner.samples == 0 ? json::value(nullptr) : json_number(learner.lr)},
               {"loss_fast", json_number(learner.loss_fast)},
               {"loss_slow", json_number(learner.loss_slow)},
               {"baseline", json_number(learner.baseline_loss)},
               {"loss_validation", json_number(learner.validation_loss_fast)},
               {"error", json_number(learner.error_fast)},
               {"lag", lag_of(status.source)},
               {"verdict", learner.health.verdict.empty() ? json::value(nullptr) : json::value(learner.health.verdict)}}};
  for (const auto& one : learner.members) point.values.emplace_back("lr." + one.name, json_number(one.lr));
  for (const auto& one : learner.detectors) point.values.emplace_back("drift." + one.name, json_number(one.statistic));
  json::object live{{"time", now_seconds}};
  for (const auto& [name, value] : point.values) live[name] = value;
  live["paused"] = is_paused(status);
  const std::lock_guard lock(mutex_);
  send("point", live);
  if (!points_.empty() && now_seconds - points_.back().time < interval_ * 0.9) return;
  points_.push_back(std::move(point));
  if (points_.size() > most_points) thin();
}

void PageFeed::thin() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); i += 2) points_[kept++] = std::move(points_[i]);
  points_.resize(kept);
  interval_ *= 2;
}

void PageFeed::set_ahead(json::array ahead) {
  const std::lock_guard lock(mutex_);
  ahead_ = std::move(ahead);
  send("ahead", ahead_);
}

void PageFeed::add(const Event& event) {
  if (!is_told(event)) return;
  const auto [type, fields] = event_json(event);
  add(type, fields);
}

void PageFeed::add(std::string_view type, const json::object& what) {
  json::object mark = what;
  mark["type"] = type;
  mark["time"] = wall_seconds();
  const std::lock_guard lock(mutex_);
  send(type, mark);
  if (type == "class_added") return;  // A thousand of them would drive the drifts out of the past.
  marks_.push_back(std::move(mark));
  if (marks_.size() > most_marks) marks_.pop_front();
}

// A line each, as JSON text has no line feeds.
void PageFeed::send(std::string_view type, const json::value& data) {
  const auto id = next_id_++;
  messages_.push_back({id, fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, type, json_text(data))});
  if (messages_.size() > most_messages) messages_.pop_front();
}

HttpResponse PageFeed::history() const {
  const std::lock_guard lock(mutex_);
  json::object columns;
  json::array times;
  for (const auto& point : points_) {
    times.emplace_back(point.time);
    for (const auto& [name, value] : point.values) {
      auto& column = columns.emplace(name, json::array()).first->value().as_array();
      // Not by `resize`, which writes to what all empty arrays of the program share.
      while (column.size() + 1 < times.size()) column.emplace_back(nullptr);
      column.push_back(value);
    }
  }
  for (auto& [name, column] : columns) column.as_array().resize(times.size());
  columns["time"] = std::move(times);
  json::array marks(marks_.begin(), marks_.end());
  return json_response(json::object{{"points", std::move(columns)}, {"marks", std::move(marks)}, {"ahead", ahead_}});
}

std::string PageFeed::after(std::uint64_t& last) const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& message : messages_) {
    if (message.id <= last) continue;
    text += message.text;
    last = message.id;
  }
  return text;
}

HttpResponse PageFeed::events(const HttpRequest& request) const {
  std::uint64_t last = 0;
  const auto& named = request.last_event_id;
  const bool returns = std::from_chars(named.data(), named.data() + named.size(), last).ec == std::errc();
  {
    const std::lock_guard lock(mutex_);
    // An id from before this daemon was started says nothing.
    if (!returns || last >= next_id_) last = next_id_ - 1;
  }
  HttpResponse response;
  response.content_type = "text/event-stream";
  auto cursor = std::make_shared<std::uint64_t>(last);
  response.stream = [this, cursor, begun = false]() mutable {
    if (!std::exchange(begun, true)) return std::string("retry: 2000\n\n") + after(*cursor);
    return after(*cursor);
  };
  return response;
}

}  // namespace rekindle
