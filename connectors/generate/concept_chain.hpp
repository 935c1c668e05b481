// ConceptChain: endless concepts, each drawn from the one before it; the newest few are kept.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace rekindle {

using Numbers = std::vector<double>;

class ConceptChain {
 public:
  // Gets the numbers of the concept before and makes them those of the next one.
  using Redraw = std::function<void(Numbers&, Random&)>;

  // `first` is redrawn for concept 0 as well, by `draw_first`.
  ConceptChain(Numbers first, const Redraw& draw_first, Redraw redraw, std::uint64_t seed) : random_(seed), redraw_(std::move(redraw)) {
    draw_first(first, random_);
    kept_.push_back(std::move(first));
  }

  [[nodiscard]] const Numbers& at(std::uint64_t which) {
    while (which >= oldest_ + kept_.size()) grow();
    return kept_[which < oldest_ ? 0 : which - oldest_];
  }

 private:
  static constexpr std::size_t most = 4;
  void grow() {
    auto numbers = kept_.back();
    redraw_(numbers, random_);
    kept_.push_back(std::move(numbers));
    if (kept_.size() <= most) return;
    kept_.pop_front();
    ++oldest_;
  }

  Random random_;
  Redraw redraw_;
  std::deque<Numbers> kept_;
  std::uint64_t oldest_ = 0;
};

// `share` of the way from one to the other, into `out`.
inline void mix(const Numbers& from, const Numbers& to, double share, Numbers& out) {
  out.resize(from.size());
  for (std::size_t j = 0; j < from.size(); ++j) out[j] = from[j] + share * (to[j] - from[j]);
}

}  // namespace rekindle
