#include "learner/divergence_guard.hpp"

#include <algorithm>

namespace rekindle {

namespace {

constexpr double norm_growth = 2;
constexpr double norm_explosion = 1e6;
constexpr std::uint64_t snapshot_every = 1000;  // Updates.
constexpr std::uint64_t snapshot_bytes = 64;    // Of the snapshot per update, at most.
constexpr std::uint64_t norm_bytes = 256;       // Of the weights per update, at most.
constexpr std::uint64_t short_interval = 1000;  // Updates between two divergences that are one trouble.
constexpr std::uint64_t patience = 3;

}  // namespace

void DivergenceGuard::observe_ignorant(double loss) {
  ignorant_.observe(loss);
  slow_ignorant_.observe(loss);
}

bool DivergenceGuard::has_diverged(double weight_norm) const {
  if (!suspects()) return false;
  // Absurd input is skipped too; weights that overflow are beyond all measure.
  if (skipped_ >= most_skipped && weight_norm > norm_explosion * std::max(1.0, good_norm_)) return true;
  return is_exploding() && weight_norm > norm_growth * good_norm_;
}

bool DivergenceGuard::diverged(std::uint64_t update, double weight_norm) {
  in_a_row_ = in_a_row_ != 0 && update - last_divergence_ <= short_interval ? in_a_row_ + 1 : 1;
  last_divergence_ = update;
  fast_.reset();
  gradient_.reset();
  skipped_ = 0;
  // Nothing to go back to: the next alarm is for weights that have grown further.
  if (snapshot_.bytes().empty()) good_norm_ = weight_norm;
  if (in_a_row_ < patience) return false;
  in_a_row_ = 0;
  return true;
}

// Neither in the middle of a rise nor worse than knowing nothing.
bool DivergenceGuard::is_good() const {
  return skipped_ == 0 && fast_.count() >= least_seen && fast_.value() <= 1.5 * slow_.value() &&
         fast_.value() <= std::max(good_loss_, ignorant_.value());
}

bool DivergenceGuard::snapshot_due(std::uint64_t update) const {
  if (snapshot_.bytes().empty() && update == 0) return true;
  const auto every = std::max<std::uint64_t>(snapshot_every, snapshot_.bytes().size() / snapshot_bytes);
  return update >= good_update_ + every && is_good();
}

bool DivergenceGuard::norm_due(std::uint64_t update, std::size_t weight_bytes) const {
  return update == 0 || update >= good_update_ + weight_bytes / norm_bytes;
}

void DivergenceGuard::refer(std::uint64_t update, double weight_norm) {
  good_loss_ = slow_.value();
  good_gradient_ = gradient_.value();
  good_norm_ = weight_norm;
  good_update_ = update;
}

ByteWriter& DivergenceGuard::begin_snapshot(std::uint64_t update, double weight_norm) {
  refer(update, weight_norm);
  snapshot_.clear();
  return snapshot_;
}

void DivergenceGuard::drop_snapshot() { snapshot_.clear(); }

void DivergenceGuard::save(ByteWriter& out) const {
  for (const auto* mean : {&fast_, &slow_, &ignorant_, &slow_ignorant_, &gradient_}) mean->save(out);
  for (const auto count : {seen_, skipped_, good_update_, last_divergence_, in_a_row_}) out.put(count);
  for (const auto value : {good_loss_, good_gradient_, good_norm_}) out.put(value);
  out.put_array(snapshot_.bytes());
}

void DivergenceGuard::load(ByteReader& in) {
  for (auto* mean : {&fast_, &slow_, &ignorant_, &slow_ignorant_, &gradient_}) mean->load(in);
  for (auto* count : {&seen_, &skipped_, &good_update_, &last_divergence_, &in_a_row_}) in.get_into(*count);
  for (auto* value : {&good_loss_, &good_gradient_, &good_norm_}) in.get_into(*value);
  snapshot_.clear();
  for (const auto byte : in.get_array<std::byte>()) snapshot_.put(byte);
}

}  // namespace rekindle
