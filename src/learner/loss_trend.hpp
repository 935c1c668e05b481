// LossTrend: whether a loss swings, and for how long it has not improved.
#pragma once

#include "base/bytes.hpp"
#include "learner/fading_means.hpp"

namespace rekindle {

// Looks at the means of blocks of 50 values, faded over about 40 blocks. Independent values give a dispersion of 1 whatever
// their distribution, and change the direction of their block means two times in three; a learner whose steps are nearly
// too long to converge gives bursts: a dispersion of 3 and more with the direction still changing. A single rise, such as a
// drift, does not.
class LossTrend {
 public:
  void observe(double value);

  [[nodiscard]] double recent() const { return values_[0]; }       // Faded over 500.
  [[nodiscard]] double dispersion() const;                         // Variance of the block means, times 50, over that of the values.
  [[nodiscard]] double sign_changes() const { return turns_[0]; }  // Share of the blocks at which the trend turned.
  // Values since the mean over about 2000 was last half a per cent below its best.
  [[nodiscard]] std::uint64_t since_best() const { return since_best_; }
  [[nodiscard]] bool is_ready() const { return blocks_.count() >= 20; }

  // The best so far no longer counts.
  void start_anew();

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void end_block();
  FadingMeans<1> values_{1.0 / 500};
  FadingMeans<2> spread_{1.0 / 2000};  // Value and its square, for the variance.
  FadingMeans<2> blocks_{1.0 / 40};    // The same of the block means.
  FadingMeans<1> turns_{1.0 / 40};
  double block_ = 0;
  std::uint64_t in_block_ = 0;
  double last_block_ = 0;
  double last_step_ = 0;
  double best_ = 0;
  std::uint64_t since_best_ = 0;
  bool has_best_ = false;
};

}  // namespace rekindle
