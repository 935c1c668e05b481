#include "app/thinned_series.hpp"

#include <utility>

namespace rekindle {

void ThinnedSeries::begin_stretch(std::uint64_t at) {
  if (stretches_.size() >= most_stretches_) merge_pairs();
  const auto number = at / width_;
  if (stretches_.empty() || stretches_.back().number != number) {
    stretches_.emplace_back();
    stretches_.back().number = number;
  }
  end_ = (number + 1) * width_;
}

void ThinnedSeries::merge_pairs() {
  std::vector<Stretch> merged;
  merged.reserve(most_stretches_);
  // Where samples are missing, stretches may lie so far apart that one round merges nothing.
  while (stretches_.size() >= most_stretches_) {
    width_ *= 2;
    merged.clear();
    for (auto& one : stretches_) {
      one.number /= 2;
      if (merged.empty() || merged.back().number != one.number) {
        merged.push_back(one);
        continue;
      }
      auto& into = merged.back();
      if (one.low.value < into.low.value) into.low = one.low;
      if (one.high.value > into.high.value) into.high = one.high;
    }
    std::swap(stretches_, merged);
  }
}

std::vector<ThinnedSeries::Point> ThinnedSeries::points() const {
  std::vector<Point> out;
  for (const auto& one : stretches_) {
    const bool low_first = one.low.at <= one.high.at;
    out.push_back(low_first ? one.low : one.high);
    if (one.low.at != one.high.at) out.push_back(low_first ? one.high : one.low);
  }
  if (!out.empty() && out.back().at != last_.at) out.push_back(last_);
  return out;
}

}  // namespace rekindle
