#include "cluster/drift_vote.hpp"

#include <algorithm>

#include "drift/severity.hpp"

namespace rekindle::cluster {

bool ErrorHistory::observe(const ErrorSums& sums) {
  if (!ends_.empty() && sums.count < ends_.back().count + block) return false;
  ends_.push_back(sums);
  if (ends_.size() > usual_blocks + blocks_before_poll + blocks_after_poll + 1) ends_.pop_front();
  if (since_poll_) ++*since_poll_;
  return true;
}

std::optional<bool> ErrorHistory::answer() {
  if (!since_poll_) return std::nullopt;
  const bool risen = has_risen(blocks_before_poll + *since_poll_);
  if (!risen && *since_poll_ < blocks_after_poll) return std::nullopt;
  since_poll_.reset();
  return risen;
}

bool ErrorHistory::has_risen(std::size_t recent) const {
  if (ends_.size() < recent + 4) return false;  // Nothing to compare with.
  const auto& split = ends_[ends_.size() - 1 - recent];
  const auto& first = ends_[ends_.size() - 1 - std::min(ends_.size() - 1, recent + usual_blocks)];
  const auto before = static_cast<double>(split.count - first.count);
  const auto after = static_cast<double>(ends_.back().count - split.count);
  const double usual = (split.errors - first.errors) / before;
  const double now = (ends_.back().errors - split.errors) / after;
  return now > usual && two_shares_p(usual, before, now, after) < significant;
}

}  // namespace rekindle::cluster
