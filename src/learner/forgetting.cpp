#include "learner/forgetting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rekindle {

namespace {

constexpr std::size_t most_bytes = 128 << 10;
constexpr std::size_t least = 16;
constexpr std::size_t too_few = 50;  // To be worth more than what was kept of the time before.

template <class Real>
std::size_t bytes_of(const Features& x) {
  const auto input = x.input<Real>();
  return input.dense.size() * sizeof(Real) + input.index.size() * (sizeof(std::uint32_t) + sizeof(Real)) + 2 * sizeof(double);
}

template <class Real>
void save_features(const Features& x, ByteWriter& out) {
  const auto input = x.input<Real>();
  out.put_array(input.dense);
  out.put_array(input.index);
  out.put_array(input.value);
  out.put(x.offset);
}

template <class Real>
void load_features(ByteReader& in, std::size_t size, Features& x) {
  const auto dense = in.get_array<Real>();
  std::ranges::copy(dense, x.resize<Real>(dense.size()).begin());
  const auto index = in.get_array<std::uint32_t>();
  const auto value = in.get_array<Real>();
  const bool ascends = std::ranges::adjacent_find(index, std::greater_equal<>()) == index.end();
  if (dense.size() != size || index.size() != value.size() || !ascends) return in.invalidate();
  std::vector<SparseEntry> entries;
  for (std::size_t i = 0; i < index.size(); ++i) entries.push_back({index[i], value[i]});
  x.set_sparse<Real>(entries);
  in.get_into(x.offset);
}

}  // namespace

void Forgetting::observe(const Features& x, double target, bool twofold) {
  measured_ = false;
  if (since_) ++*since_;
  const auto now = seen_++;
  if (now == 0) capacity_ = std::clamp(most_bytes / (twofold ? bytes_of<double>(x) : bytes_of<float>(x)), least, most);
  auto& [samples, size] = gathering_;
  std::size_t at = size;
  if (size == capacity_) {
    if (now != next_) return;
    at = static_cast<std::size_t>(random_.below(capacity_));
    skip();
  } else {
    if (samples.size() == size) samples.emplace_back();
    if (++size == capacity_) skip();
  }
  samples[at].x = x;
  samples[at].target = target;
}

void Forgetting::skip() {
  largest_ *= std::exp(std::log(1 - random_.uniform()) / static_cast<double>(capacity_));
  const double passed = std::floor(std::log(1 - random_.uniform()) / std::log1p(-largest_));
  next_ = seen_ + static_cast<std::uint64_t>(std::min(passed, 1e15));
}

void Forgetting::drifted() {
  since_ = 0;
  loss_ = std::nullopt;
  if (gathering_.size >= std::min(too_few, capacity_)) std::swap(before_, gathering_);
  gathering_.size = 0;
  seen_ = 0;
  largest_ = 1;
}

std::optional<double> Forgetting::measure(Member& served) {
  measured_ = true;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < before_.size; ++i) {
    served.predict(before_.samples[i].x, scratch_);
    const double loss = served.evaluate(before_.samples[i].target);
    if (!std::isfinite(loss)) continue;
    sum += loss;
    ++count;
  }
  loss_ = count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  return loss_;
}

void Forgetting::clear() {
  before_ = gathering_ = {};
  seen_ = 0;
  largest_ = 1;
  since_ = std::nullopt;
  loss_ = std::nullopt;
}

void Forgetting::save(ByteWriter& out, bool twofold) const {
  for (const auto* one : {&before_, &gathering_}) {
    out.put<std::uint64_t>(one->size);
    for (std::size_t i = 0; i < one->size; ++i) {
      twofold ? save_features<double>(one->samples[i].x, out) : save_features<float>(one->samples[i].x, out);
      out.put(one->samples[i].target);
    }
  }
  out.put<std::uint64_t>(capacity_);
  for (const auto number : {seen_, next_, since_.value_or(0)}) out.put(number);
  for (const double number : {largest_, loss_.value_or(0)}) out.put(number);
  for (const bool flag : {since_.has_value(), measured_, loss_.has_value()}) out.put(flag);
  random_.save(out);
}

void Forgetting::load(ByteReader& in, bool twofold, std::size_t dense) {
  for (auto* one : {&before_, &gathering_}) {
    *one = {};
    one->size = static_cast<std::size_t>(in.get<std::uint64_t>());
    if (one->size > most) return in.invalidate();
    for (std::size_t i = 0; i < one->size && in.ok(); ++i) {
      auto& kept = one->samples.emplace_back();
      twofold ? load_features<double>(in, dense, kept.x) : load_features<float>(in, dense, kept.x);
      in.get_into(kept.target);
    }
  }
  capacity_ = static_cast<std::size_t>(in.get<std::uint64_t>());
  if (capacity_ > most || gathering_.size > capacity_) return in.invalidate();
  std::uint64_t since = 0;
  double loss = 0;
  for (auto* number : {&seen_, &next_, &since}) in.get_into(*number);
  for (auto* number : {&largest_, &loss}) in.get_into(*number);
  const bool has_since = in.get<std::uint8_t>() != 0;
  measured_ = in.get<std::uint8_t>() != 0;
  const bool has_loss = in.get<std::uint8_t>() != 0;
  since_ = has_since ? std::optional(since) : std::nullopt;
  loss_ = has_loss ? std::optional(loss) : std::nullopt;
  random_.load(in);
}

}  // namespace rekindle
