#include "connectors/generate/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace rekindle {

LogisticStream::LogisticStream(LogisticStreamOptions options)
    : options_(std::move(options)), random_(options_.seed), weights_(options_.features), values_(options_.features) {
  for (auto& w : weights_) w = random_.normal();
}

void LogisticStream::drift(double share) {
  for (auto& w : weights_) {
    const bool chosen = share >= 1 || random_.uniform() < share;
    if (chosen) w = options_.flip ? -w : random_.normal();
  }
}

void LogisticStream::next() {
  const auto due = std::ranges::find(options_.drifts, index_++);
  if (due != options_.drifts.end()) {
    const auto which = static_cast<std::size_t>(due - options_.drifts.begin());
    drift(which < options_.changed.size() ? options_.changed[which] : 1);
  }
  double score = 0;
  for (std::size_t j = 0; j < values_.size(); ++j) {
    values_[j] = random_.normal();
    score += weights_[j] * values_[j];
  }
  label_ = score >= 0 ? 1 : 0;
  if (random_.uniform() < options_.noise) label_ = random_.uniform() < 0.5 ? 1 : 0;
}

void LogisticStream::append_json(std::string& out) const {
  auto to = std::back_inserter(out);
  out += '{';
  for (std::size_t j = 0; j < values_.size(); ++j) fmt::format_to(to, "\"x{}\":{:.6g},", j, values_[j]);
  fmt::format_to(to, "\"y\":{}}}", label_);
}

}  // namespace rekindle
