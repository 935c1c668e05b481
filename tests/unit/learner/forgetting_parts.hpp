// Parts for the tests of forgetting: what it saves, in numbers; samples of ones; a regression that it is measured on.
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/random.hpp"
#include "learner/forgetting.hpp"
#include "support/learners.hpp"

namespace rekindle::test {

// What is saved.
struct Kept {
  std::vector<double> before;  // Their targets.
  std::vector<double> gathering;
  std::uint64_t capacity = 0;
  std::uint64_t seen = 0;
  std::uint64_t next = 0;
  std::uint64_t since = 0;
  double largest = 0;
  double loss = 0;
  bool has_since = false;
  bool measured = false;
  bool has_loss = false;
  Random random{0};
};

inline std::vector<std::byte> bytes_of(const Forgetting& forgetting, bool twofold = false) {
  ByteWriter out;
  forgetting.save(out, twofold);
  return {out.bytes().begin(), out.bytes().end()};
}

template <class Real = float>
Kept kept(const Forgetting& forgetting) {
  const auto bytes = bytes_of(forgetting, std::is_same_v<Real, double>);
  ByteReader in(bytes);
  Kept out;
  for (auto* targets : {&out.before, &out.gathering}) {
    for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
      (void)in.get_array<Real>();
      (void)in.get_array<std::uint32_t>();
      (void)in.get_array<Real>();
      (void)in.get<double>();
      targets->push_back(in.get<double>());
    }
  }
  for (auto* number : {&out.capacity, &out.seen, &out.next, &out.since}) in.get_into(*number);
  for (auto* number : {&out.largest, &out.loss}) in.get_into(*number);
  for (auto* flag : {&out.has_since, &out.measured, &out.has_loss}) *flag = in.get<std::uint8_t>() != 0;
  out.random.load(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  return out;
}

inline Features ones(std::size_t width) {
  Features x;
  for (auto& value : x.resize<float>(width)) value = 1;
  return x;
}

inline std::unique_ptr<Member> regression_of(std::size_t features) {
  Recipe recipe;
  recipe.task = Task::regression;
  const auto spec = spec_of(recipe);
  return make_member(spec.member, Task::regression, spec.inputs(features), 0, 1);
}

}  // namespace rekindle::test
