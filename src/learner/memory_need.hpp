// MemoryNeed: what a model takes with all its copies, so that `memory_limit` is a bound that holds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "learner/spec.hpp"

namespace rekindle {

// In bytes a weight, at most: the model with gradient, accumulators and what undoes a step; the same of the shadow and of one
// challenger on trial; the last good state; all of them once more as they are saved, and packed. What there is no room for beyond
// that is not made: the state before a response, further challengers, archived champions, in this order.
struct MemoryNeed {
  double a_weight = 0;
  double rollback = 0;    // The learner before the newest response, to go back to.
  double challenger = 0;  // Each beyond the first.
  double archived = 0;    // A champion of earlier times: kept, saved, and as a challenger.

  [[nodiscard]] bool fits(double weights, std::uint64_t limit) const { return weights * a_weight <= static_cast<double>(limit); }
  [[nodiscard]] bool fits_rollback(double weights, std::uint64_t limit) const {
    return weights * (a_weight + rollback) <= static_cast<double>(limit);
  }
  // How many challengers a trial may have, the archive's left out.
  [[nodiscard]] std::size_t challengers_that_fit(double weights, std::uint64_t limit) const;
  // How many archived champions there is room for beside them.
  [[nodiscard]] std::size_t archived_that_fit(double weights, std::uint64_t limit) const;
};

[[nodiscard]] MemoryNeed memory_need(const LearnerSpec& spec);

// Whether the weights of so many sparse coordinates fit, and can be counted in 32 bits.
[[nodiscard]] bool fits_memory(const LearnerSpec& spec, const MemoryNeed& need, std::size_t outputs, std::size_t coordinates);

}  // namespace rekindle
