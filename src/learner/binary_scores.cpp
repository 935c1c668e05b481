#include "learner/binary_scores.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rekindle {

// Half the bins on each side of even odds; in each, octaves of |log-odds| cut into equal parts.
std::size_t BinaryScores::bin_of(double log_odds) {
  // The highest bits of a number are its octave and, of `part_bits`, which part of that it is in.
  constexpr int part_bits = std::countr_zero(per_octave);
  constexpr auto parts_of = [](double distance) { return std::bit_cast<std::uint64_t>(distance) >> (52 - part_bits); };
  constexpr double smallest = 1.0 / static_cast<double>(std::uint64_t{1} << -lowest_octave);
  const double size = std::min(std::abs(log_odds), 1e9);
  std::size_t distance = 0;
  if (size >= smallest) distance = std::min<std::size_t>(half - 1, parts_of(size) - parts_of(smallest) + 1);
  return log_odds < 0 ? half - 1 - distance : half + distance;
}

void BinaryScores::observe(bool positive, double p, bool guessed_positive, std::optional<double> log_odds) {
  if (!(p >= 0 && p <= 1)) {
    p = positive ? 0 : 1;
    log_odds.reset();
  }
  // Sums instead of branches: neither a label nor a guess can be foreseen.
  const std::uint64_t is_positive = positive;
  const std::uint64_t is_guessed = guessed_positive;
  const auto bin = bin_of(log_odds ? *log_odds : std::log(p / (1 - p)));
  positives_[bin] += is_positive;
  negatives_[bin] += 1 - is_positive;
  positive_ += is_positive;
  negative_ += 1 - is_positive;
  guesses_ += is_guessed;
  hits_ += is_guessed & is_positive;
  const double residual = p - static_cast<double>(is_positive);
  squares_ += residual * residual;
}

// Share of the pairs in the right order; a pair in one bin is half right.
std::optional<double> BinaryScores::auc() const {
  if (positive_ == 0 || negative_ == 0) return std::nullopt;
  double below = 0;
  double right = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    const auto negatives = static_cast<double>(negatives_[i]);
    right += static_cast<double>(positives_[i]) * (below + 0.5 * negatives);
    below += negatives;
  }
  return right / (static_cast<double>(positive_) * static_cast<double>(negative_));
}

namespace {

// Sum of the precisions at `positives` positives that lie evenly among `negatives`, after `hits` of `seen`.
double precisions(double hits, double seen, double positives, double negatives) {
  if (positives <= 0) return 0;
  constexpr double most_steps = 32;
  const double steps = std::min(positives, most_steps);
  double sum = 0;
  for (double step = 0; step < steps; ++step) {
    // The middle of this step's positives, from 1 to `positives`.
    const double k = (step + 0.5) * positives / steps + 0.5;
    sum += (hits + k) / (seen + k + negatives * k / (positives + 1));
  }
  return sum * positives / steps;
}

}  // namespace

// Mean precision at the positives, from the highest odds down.
std::optional<double> BinaryScores::pr_auc() const {
  if (positive_ == 0 || negative_ == 0) return std::nullopt;
  double hits = 0;
  double seen = 0;
  double sum = 0;
  for (std::size_t i = bins; i-- > 0;) {
    const auto positives = static_cast<double>(positives_[i]);
    const auto negatives = static_cast<double>(negatives_[i]);
    sum += precisions(hits, seen, positives, negatives);
    hits += positives;
    seen += positives + negatives;
  }
  return sum / static_cast<double>(positive_);
}

std::optional<double> BinaryScores::f1() const {
  const auto either = static_cast<double>(guesses_ + positive_);
  return either > 0 ? std::optional(2 * static_cast<double>(hits_) / either) : std::nullopt;
}

std::optional<double> BinaryScores::brier() const {
  const auto count = static_cast<double>(positive_ + negative_);
  return count > 0 ? std::optional(squares_ / count) : std::nullopt;
}

std::optional<double> BinaryScores::normalized(double mean_log_loss) const {
  if (positive_ == 0 || negative_ == 0) return std::nullopt;
  const double share = static_cast<double>(positive_) / static_cast<double>(positive_ + negative_);
  return mean_log_loss / -(share * std::log(share) + (1 - share) * std::log(1 - share));
}

// Only the bins that hold something: most never do.
void BinaryScores::save(ByteWriter& out) const {
  for (const auto count : {positive_, negative_, hits_, guesses_}) out.put(count);
  out.put(squares_);
  const auto used = [&](std::size_t i) { return positives_[i] != 0 || negatives_[i] != 0; };
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < bins; ++i) count += used(i) ? 1 : 0;
  out.put(count);
  for (std::size_t i = 0; i < bins; ++i) {
    if (!used(i)) continue;
    out.put(static_cast<std::uint32_t>(i));
    out.put(positives_[i]);
    out.put(negatives_[i]);
  }
}

void BinaryScores::load(ByteReader& in) {
  for (auto* count : {&positive_, &negative_, &hits_, &guesses_}) in.get_into(*count);
  in.get_into(squares_);
  std::ranges::fill(positives_, 0U);
  std::ranges::fill(negatives_, 0U);
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t k = 0; k < count && in.ok(); ++k) {
    const auto i = in.get<std::uint32_t>();
    if (i >= bins) return in.invalidate();
    in.get_into(positives_[i]);
    in.get_into(negatives_[i]);
  }
}

}  // namespace rekindle
