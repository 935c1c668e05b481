#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/summary.hpp"

namespace rekindle {

Progress::Progress(std::string what, std::uint64_t total) : what_(std::move(what)), total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::uint64_t done) {
  if (!terminal_) return;
  const double seconds = seconds_since(start_);
  if (seconds < 1 || seconds_since(last_) < 0.1) return;
  last_ = steady_now();
  shown_ = true;
  const auto rate = grouped(static_cast<std::uint64_t>(static_cast<double>(done) / seconds));
  if (total_ == 0) {
    fmt::print(stderr, "\r\x1b[K{} {} samples, {}/s", what_, grouped(done), rate);
  } else {
    const auto filled = static_cast<std::size_t>(std::min<std::uint64_t>(20, done * 20 / total_));
    fmt::print(stderr, "\r\x1b[K{} [{}{}] {}/{}, {}/s", what_, std::string(filled, '#'), std::string(20 - filled, '-'), grouped(done),
               grouped(total_), rate);
  }
  std::fflush(stderr);
}

}  // namespace rekindle
