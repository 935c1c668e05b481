// PooledErrors: the errors of all workers together, as their publications tell them, and whether they have risen.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "cluster/messages.hpp"

namespace rekindle::cluster {

// A detector of one worker sees a share of the samples, and fires as much later as there are workers. What all have seen shows a drift
// of all as soon as one learner would have seen it.
//
// The errors of the newest 1, 2 or 4 publications of each worker, of 2048 samples together at most, are tested against up to 2048
// before: a bound of Chernoff (errors are in [0, 1]) on the usual share and two of its standard deviations, p < 1e-5. It is no drift of
// all unless the others' errors have risen as well when those of the worker whose rose most are left out (p < 0.005).
class PooledErrors {
 public:
  struct Rise {
    WorkerId worker = 0;  // Whose errors have risen most.
    double before = 0;    // Shares.
    double after = 0;
    std::map<WorkerId, bool> votes;  // Whether a worker's own share has risen, of those that have published.
  };

  // What a worker has told; sums since the beginning.
  void observe(WorkerId worker, const ErrorSums& sums);
  [[nodiscard]] std::optional<Rise> rise() const;
  void clear() { ends_.clear(); }

 private:
  [[nodiscard]] std::optional<Rise> rise(std::size_t recent) const;
  std::map<WorkerId, std::deque<ErrorSums>> ends_;  // At the newest publications.
};

}  // namespace rekindle::cluster
