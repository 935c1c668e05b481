// What detectors remember: a struct of numbers with its save and load, a ring of the newest values, a sorted
// set of values, a running mean.
#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <vector>

#include "drift/detector.hpp"

namespace rekindle {

// A detector whose memory is one struct of numbers. `State` is new when value-initialised, and lists its members in the
// order they are saved: `template <class S> static auto fields(S& s) { return std::tie(s.a, s.b); }`.
template <class State>
class NumberDetector : public DriftDetector {
 public:
  void reset() override { state_ = {}; }
  void save(ByteWriter& out) const override {
    std::apply([&](const auto&... field) { (out.put(field), ...); }, State::fields(state_));
  }
  void load(ByteReader& in) override {
    std::apply([&](auto&... field) { (read(in, field), ...); }, State::fields(state_));
  }

 protected:
  State state_;

 private:
  template <class Field>
  static void read(ByteReader& in, Field& field) {
    if constexpr (std::is_same_v<Field, bool>) {
      field = in.get<std::uint8_t>() != 0;
    } else {
      in.get_into(field);
    }
  }
};

// The newest `capacity` values, oldest first. All memory is taken at construction.
template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : values_(capacity) {}

  // The value that had to leave, or zero while there was room.
  T push(T value) {
    if (size_ == values_.size()) {
      const T oldest = values_[first_];
      values_[first_] = value;
      first_ = wrapped(first_ + 1);
      return oldest;
    }
    values_[wrapped(first_ + size_)] = value;
    ++size_;
    return T{};
  }
  void pop_oldest() {
    first_ = wrapped(first_ + 1);
    --size_;
  }
  void keep_newest(std::size_t count) {
    first_ = wrapped(first_ + size_ - count);
    size_ = count;
  }
  void clear() { first_ = size_ = 0; }
  [[nodiscard]] T operator[](std::size_t i) const { return values_[wrapped(first_ + i)]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == values_.size(); }

  void save(ByteWriter& out) const {
    out.put<std::uint64_t>(size_);
    for (std::size_t i = 0; i < size_; ++i) out.put((*this)[i]);
  }
  void load(ByteReader& in) {
    clear();
    const auto size = in.get<std::uint64_t>();
    if (size > values_.size()) return in.invalidate();
    for (std::uint64_t i = 0; i < size; ++i) push(in.get<T>());
  }

 private:
  // For positions below twice the capacity.
  [[nodiscard]] std::size_t wrapped(std::size_t at) const { return at < values_.size() ? at : at - values_.size(); }
  std::vector<T> values_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

// A sorted multiset of at most `capacity` finite values in one array, which is taken at construction.
class SortedValues {
 public:
  explicit SortedValues(std::size_t capacity) { values_.reserve(capacity); }
  void insert(double value) { values_.insert(std::ranges::upper_bound(values_, value), value); }
  void erase(double value) { values_.erase(std::ranges::lower_bound(values_, value)); }  // One that is there.
  void clear() { values_.clear(); }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

// A plain mean, rounded as River rounds it.
struct RunningMean {
  double n = 0;
  double mean = 0;
  void observe(double value) {
    n += 1;
    mean += (1 / n) * (value - mean);
  }
};

// The mean of what came to a running mean after it was `then`; `then`'s own where nothing did.
inline double mean_since(const RunningMean& then, const RunningMean& now) {
  const double values = now.n - then.n;
  return values > 0 ? (now.n * now.mean - then.n * then.mean) / values : then.mean;
}

}  // namespace rekindle
