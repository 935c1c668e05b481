// Replica: the learner of one worker, as the group's protocol sees it.
#pragma once

#include <cstdint>

#include "cluster/group_rate.hpp"
#include "data/common_state.hpp"

namespace rekindle::cluster {

// Sums since the beginning, over labelled samples.
struct ErrorSums {
  std::uint64_t count = 0;
  double errors = 0;  // In [0, 1] each: of a classification 0 or 1, of a regression the squared error over ten times the usual.
  double losses = 0;

  void save(ByteWriter& out) const {
    out.put(count);
    out.put(errors);
    out.put(losses);
  }
  void load(ByteReader& in) {
    in.get_into(count);
    in.get_into(errors);
    in.get_into(losses);
  }
};

class Replica {
 public:
  virtual ~Replica() = default;
  [[nodiscard]] virtual CommonState common() const = 0;
  // False: it does not fit, or is not finite; nothing was taken.
  [[nodiscard]] virtual bool adopt(const CommonState& common) = 0;
  // No half-filled batch.
  [[nodiscard]] virtual bool at_batch_boundary() const = 0;
  virtual void set_rate(double lr) = 0;
  // `restart`: the schedule's controls start anew. `forget`: the share of the accumulators that goes.
  virtual void carry_out(bool restart, double forget) = 0;
  [[nodiscard]] virtual GroupClock clock() const = 0;
  [[nodiscard]] virtual ErrorSums errors() const = 0;
  [[nodiscard]] virtual std::uint64_t divergences() const = 0;
};

}  // namespace rekindle::cluster
