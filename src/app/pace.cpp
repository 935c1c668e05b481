#include "app/pace.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <thread>

#include "app/signals.hpp"

namespace rekindle {

namespace {
constexpr double look_up_seconds = 0.05;  // For a signal, while it waits.
}

Status Pace::wait(std::int64_t time_ms) {
  if (time_ms == 0)
    return fail(ErrorCode::usage, "--speed: a sample has no event time; name its field by schema.time, or replay a recorded topic");
  if (!first_ms_) {
    first_ms_ = time_ms;
    start_ = steady_now();
  }
  const double due = static_cast<double>(time_ms - *first_ms_) / 1000 / speed_;
  for (double left = due - seconds_since(start_); left > 0; left = due - seconds_since(start_)) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted while it waited for the next sample");
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, look_up_seconds)));
  }
  return {};
}

Result<double> read_speed(const std::string& text) {
  double speed = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, speed);
  const bool whole = read.ptr == end || (read.ptr + 1 == end && *read.ptr == 'x');
  if (read.ec != std::errc{} || !whole || !std::isfinite(speed) || speed <= 0)
    return fail(ErrorCode::usage, "--speed wants a number such as 10x, got \"{}\"", text);
  return speed;
}

}  // namespace rekindle
