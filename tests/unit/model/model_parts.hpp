// What the tests of several models share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "base/random.hpp"
#include "model/model.hpp"

namespace rekindle::test {

inline std::vector<double> normals(Random& random, std::size_t count) {
  std::vector<double> out(count);
  for (auto& one : out) one = random.normal();
  return out;
}

inline std::vector<double> scores(Model<double>& model, const std::vector<double>& x) {
  const auto raw = model.forward({x, {}, {}});
  return {raw.begin(), raw.end()};
}

// The gradient of the last `backward`, beside what becomes of `value` where a weight is `step` more or less.
inline void expect_numerical_gradient(ParameterBlock<double> block, double step, const std::function<double()>& value) {
  ASSERT_EQ(block.gradient.size(), block.touched());
  for (std::size_t i = 0; i < block.touched(); ++i) {
    double& weight = block.weights[block.coordinate(i)];
    const double before = weight;
    weight = before + step;
    const double up = value();
    weight = before - step;
    const double down = value();
    weight = before;
    EXPECT_NEAR(block.gradient[i], (up - down) / (2 * step), 1e-7) << i;
  }
}

}  // namespace rekindle::test
