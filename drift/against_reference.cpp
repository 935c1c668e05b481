#include "drift/against_reference.hpp"

#include <algorithm>

namespace rekindle {

namespace {

template <class Values>
double mean_of(const Values& values) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(values.size());
}

}  // namespace

AgainstReference::AgainstReference(std::size_t reference, std::size_t window)
    : wanted_(reference), stride_(std::max<std::uint64_t>(1, window / 10)), window_(window) {
  reference_.reserve(reference);
}

void AgainstReference::reset() {
  reference_.clear();
  window_.clear();
  until_look_ = 0;
  pressure_ = 0;
  fired_ = false;
}

void AgainstReference::complete() {
  std::ranges::sort(reference_);
  begin();
}

DriftSignal AgainstReference::observe(double value) {
  if (fired_) reset();
  if (reference_.size() < wanted_) {
    reference_.push_back(value);
    if (reference_.size() == wanted_) complete();
    return {};
  }
  const bool full = window_.full();
  const double oldest = window_.push(value);
  if (full) leave(oldest);
  enter(value);
  if (!window_.full()) return {};
  if (until_look_ != 0) {
    --until_look_;
    return {};
  }
  until_look_ = stride_ - 1;
  const auto verdict = look();
  pressure_ = verdict.pressure;
  fired_ = verdict.drift;
  if (!fired_) return {DriftLevel::stable, verdict.statistic};
  return {DriftLevel::drift,
          verdict.statistic,
          mean_of(reference_),
          mean_of(window_),
          static_cast<double>(reference_.size()),
          static_cast<double>(window_.size())};
}

void AgainstReference::save(ByteWriter& out) const {
  out.put_array(reference_);
  window_.save(out);
  out.put(until_look_);
  out.put(pressure_);
  out.put(fired_);
}

void AgainstReference::load(ByteReader& in) {
  reset();
  const auto reference = in.get_array<double>();
  if (reference.size() > wanted_) return in.invalidate();
  reference_.assign(reference.begin(), reference.end());
  window_.load(in);
  if (reference_.size() == wanted_) complete();
  for (std::size_t i = 0; i < window_.size(); ++i) enter(window_[i]);
  in.get_into(until_look_);
  in.get_into(pressure_);
  fired_ = in.get<std::uint8_t>() != 0;
}

std::vector<ParameterSpec> reference_parameters(std::vector<ParameterSpec> own) {
  std::vector<ParameterSpec> all = {
      integer("reference", 1000).at_least(2).at_most(1'000'000).means("first values, that later ones are compared with"),
      integer("window", 500).at_least(2).at_most(1'000'000).means("newest values that are compared")};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

}  // namespace rekindle
