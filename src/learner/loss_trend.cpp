#include "learner/loss_trend.hpp"

#include <cmath>

namespace rekindle {

namespace {
constexpr std::uint64_t block_size = 50;
constexpr double least_improvement = 0.005;
}  // namespace

void LossTrend::observe(double value) {
  values_.observe({value});
  spread_.observe({value, value * value});
  block_ += value;
  if (++in_block_ == block_size) end_block();
  ++since_best_;
  if (has_best_ && spread_[0] >= best_ - least_improvement * std::abs(best_)) return;
  if (values_.count() < block_size) return;
  best_ = spread_[0];
  has_best_ = true;
  since_best_ = 0;
}

void LossTrend::end_block() {
  const double mean = block_ / static_cast<double>(block_size);
  const double step = mean - last_block_;
  if (blocks_.count() >= 2) turns_.observe({step * last_step_ < 0 ? 1.0 : 0.0});
  if (blocks_.count() >= 1) last_step_ = step;
  blocks_.observe({mean, mean * mean});
  last_block_ = mean;
  block_ = 0;
  in_block_ = 0;
}

double LossTrend::dispersion() const {
  const double values = spread_[1] - spread_[0] * spread_[0];
  const double blocks = blocks_[1] - blocks_[0] * blocks_[0];
  return values > 1e-12 * spread_[1] ? static_cast<double>(block_size) * blocks / values : 0;
}

void LossTrend::start_anew() {
  has_best_ = false;
  since_best_ = 0;
}

void LossTrend::save(ByteWriter& out) const {
  values_.save(out);
  spread_.save(out);
  blocks_.save(out);
  turns_.save(out);
  for (const double value : {block_, last_block_, last_step_, best_}) out.put(value);
  for (const auto count : {in_block_, since_best_}) out.put(count);
  out.put(has_best_);
}

void LossTrend::load(ByteReader& in) {
  values_.load(in);
  spread_.load(in);
  blocks_.load(in);
  turns_.load(in);
  for (double* value : {&block_, &last_block_, &last_step_, &best_}) in.get_into(*value);
  for (auto* count : {&in_block_, &since_best_}) in.get_into(*count);
  has_best_ = in.get<std::uint8_t>() != 0;
}

}  // namespace rekindle
