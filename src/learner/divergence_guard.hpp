// DivergenceGuard: tells a learner that blows up from one that meets a drift, and keeps a good state to go back to.
//
// A drift raises the loss too, even tenfold where the model was sure of itself. What sets divergence apart is that the
// learner does it to itself: its weights grow, and it does worse than a model that knows nothing. So all three must hold:
//   - the fast loss (mean over about 50 samples) is above loss_factor times the slow loss as it was at the last good state,
//     and as many times that of a model whose raw scores are all 0;
//   - the weights' norm has more than doubled since that state.
// In place of the first: a gradient norm a hundred times that of the good state, with a loss three times that of the model that
// knows nothing. Three updates in a row that are not finite are a divergence where the weights are a million times what they
// were; otherwise the input is to blame.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/moving.hpp"
#include "learner/spec.hpp"

namespace rekindle {

class DivergenceGuard {
 public:
  explicit DivergenceGuard(const GuardSpec& spec) : spec_(spec) {}

  // A labelled sample is learned with this loss.
  void observe(double loss) {
    ++seen_;
    fast_.observe(loss);
    slow_.observe(loss);
  }
  // True for one sample in eight, beginning with the first: enough of a loss that hardly depends on the label.
  [[nodiscard]] bool wants_ignorant_loss() const { return seen_ % 8 == 0; }
  void observe_ignorant(double loss);
  // Of the model that knows nothing, over about 500 samples.
  [[nodiscard]] double ignorant_loss() const { return slow_ignorant_.value(); }
  // An update was made, or had to be skipped.
  void updated(double gradient_norm) {
    skipped_ = 0;
    gradient_.observe(gradient_norm);
  }
  void skipped() { ++skipped_; }

  // Cheap, for every update: whether the weights' norm has to be looked at.
  [[nodiscard]] bool suspects() const { return skipped_ >= most_skipped || is_exploding(); }
  [[nodiscard]] bool has_diverged(double weight_norm) const;
  // `update` diverged and the rate was cut; true when it was the third time at short intervals.
  [[nodiscard]] bool diverged(std::uint64_t update, double weight_norm);

  // A good state is kept every thousand updates, of a large model more rarely: a copy may cost a few bytes per update.
  [[nodiscard]] bool snapshot_due(std::uint64_t update) const;
  // Where no copy is made: the weights' norm is all it takes, and may cost some hundred bytes per update.
  [[nodiscard]] bool norm_due(std::uint64_t update, std::size_t weight_bytes) const;
  // Where to write the state; the one before is gone.
  [[nodiscard]] ByteWriter& begin_snapshot(std::uint64_t update, double weight_norm);
  [[nodiscard]] std::span<const std::byte> snapshot() const { return snapshot_.bytes(); }
  // The model has another shape or another past now.
  void drop_snapshot();
  // The rate starts anew.
  void start_anew() { in_a_row_ = 0; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  static constexpr std::uint64_t least_seen = 20;   // Losses in the fast mean before it says anything.
  static constexpr std::uint64_t most_skipped = 3;  // In a row.
  static constexpr double gradient_explosion = 100;
  static constexpr double gradient_loss = 3;
  [[nodiscard]] bool is_good() const;
  [[nodiscard]] bool is_exploding() const {
    if (fast_.count() < least_seen) return false;
    if (fast_.value() > spec_.loss_factor * std::max(good_loss_, ignorant_.value())) return true;
    if (fast_.value() < gradient_loss * ignorant_.value()) return false;
    return good_gradient_ > 0 && gradient_.value() > gradient_explosion * good_gradient_;
  }
  void refer(std::uint64_t update, double weight_norm);

  GuardSpec spec_;
  FadingMean fast_{1.0 / 50};
  FadingMean slow_{1.0 / 2000};
  FadingMean ignorant_{1.0 / 50};
  FadingMean slow_ignorant_{1.0 / 500};
  FadingMean gradient_{1.0 / 50};
  std::uint64_t seen_ = 0;
  std::uint64_t skipped_ = 0;  // In a row.
  // As they were at the last good state.
  double good_loss_ = 0;
  double good_gradient_ = 0;
  double good_norm_ = 0;
  std::uint64_t good_update_ = 0;
  ByteWriter snapshot_;
  std::uint64_t last_divergence_ = 0;
  std::uint64_t in_a_row_ = 0;
};

}  // namespace rekindle
