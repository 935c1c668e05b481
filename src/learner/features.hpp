// Features: one sample as it enters the models, in the precision that the learner computes in.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "data/sample.hpp"
#include "data/split_entries.hpp"
#include "model/input.hpp"

namespace rekindle {

class Features {
 public:
  double offset = 0;  // Of the raw score, beside the features: the margin of a model that was trained elsewhere.

  template <class Real>
  [[nodiscard]] Input<Real> input() const {
    const auto& part = of<Real>(*this);
    return {part.dense, index_, part.value};
  }

  // Room for the dense values.
  template <class Real>
  [[nodiscard]] std::span<Real> resize(std::size_t size) {
    auto& dense = of<Real>(*this).dense;
    dense.resize(size);
    return dense;
  }

  // `entries` ascend by index, each there once.
  template <class Real>
  void set_sparse(std::span<const SparseEntry> entries) {
    auto& value = of<Real>(*this).value;
    index_.resize(entries.size());
    value.resize(entries.size());
    split_entries(entries, index_.data(), value.data());
  }

 private:
  template <class Real>
  struct Part {
    std::vector<Real> dense;
    std::vector<Real> value;
  };
  template <class Real, class Self>
  static auto& of(Self& self) {
    if constexpr (std::is_same_v<Real, float>) {
      return self.single_;
    } else {
      return self.twofold_;
    }
  }
  std::vector<std::uint32_t> index_;
  Part<float> single_;
  Part<double> twofold_;
};

}  // namespace rekindle
