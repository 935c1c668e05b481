// Optimizer::step is `apply`, watched: to the last bit the same weights and accumulators.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "optimizer/optimizer.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

constexpr std::size_t sizes[] = {1, 3, 7, 8, 9, 15, 16, 17, 21, 24, 33, 64, 127, 128, 129, 255, 300};

template <class Real>
struct Bench {
  Bench(const OptimizerRow& row, const test::Entries& parameters, std::size_t size)
      : optimizer(row.make.make<Real>(test::choose_optimizer(row.name, parameters).parameters, std::array{size})),
        weights(size),
        gradient(size),
        before(size),
        input(size - 1) {
    for (std::size_t j = 0; j < size; ++j) weights[j] = static_cast<Real>(std::sin(static_cast<double>(j)));
    for (std::size_t j = 0; j + 1 < size; ++j) input[j] = static_cast<Real>(std::cos(static_cast<double>(3 * j)));
  }
  ParameterBlock<Real> block() { return {.weights = weights, .gradient = gradient}; }
  void write_gradient(Real slope) {
    for (std::size_t j = 0; j < input.size(); ++j) gradient[j] = slope * input[j];
    gradient.back() = slope;
  }
  std::vector<std::byte> state() const {
    ByteWriter out;
    optimizer->save(out);
    out.put_array(weights);
    return {out.bytes().begin(), out.bytes().end()};
  }

  OptimizerPointer<Real> optimizer;
  std::vector<Real> weights;
  std::vector<Real> gradient;
  std::vector<Real> before;
  std::vector<Real> input;
};

template <class Real>
void expect_same(const OptimizerRow& row, const test::Entries& parameters, std::size_t size) {
  Bench<Real> plain(row, parameters, size);
  Bench<Real> watched(row, parameters, size);
  Bench<Real> deferred(row, parameters, size);
  for (int update = 1; update < 4; ++update) {
    const auto slope = static_cast<Real>(update) / 3;
    const auto old = plain.weights;
    plain.write_gradient(slope);
    const auto block = plain.block();
    const double squared = squared_norm<Real>({&block, 1});
    plain.optimizer->apply({&block, 1}, 0.1);

    watched.write_gradient(slope);
    const auto written = watched.block();
    const auto report = watched.optimizer->step({&written, 1}, 0.1, watched.before);
    EXPECT_EQ(report.squared_norm, squared);
    EXPECT_TRUE(report.finite);
    EXPECT_EQ(watched.before, old);
    EXPECT_EQ(watched.state(), plain.state());

    auto unwritten = deferred.block();
    unwritten.deferred = true;
    unwritten.slope = slope;
    unwritten.input = deferred.input;
    EXPECT_EQ(deferred.optimizer->step({&unwritten, 1}, 0.1, deferred.before).squared_norm, squared);
    EXPECT_EQ(deferred.before, old);
    EXPECT_EQ(deferred.state(), plain.state());
    EXPECT_EQ(deferred.gradient, plain.gradient);
  }
}

TEST(Step, IsApplyForEveryOptimizerAndSize) {
  for (const auto& row : optimizers()) {
    for (const auto size : sizes) {
      SCOPED_TRACE(fmt::format("{} {}", row.name, size));
      expect_same<float>(row, {}, size);
      expect_same<double>(row, {}, size);
      expect_same<float>(row, {{"clip_norm", 0.5}, {"l1", 0.01}}, size);
      expect_same<float>(row, {{"clip_value", 0.1}, {"clip_norm", 0.5}}, size);
    }
  }
}

TEST(Step, TouchesTheCoordinatesOfASparseBlockAndNoOther) {
  for (const auto& row : optimizers()) {
    Bench<float> plain(row, {}, 40);
    Bench<float> watched(row, {}, 40);
    const std::vector<std::uint32_t> index = {2, 3, 31};
    for (auto* one : {&plain, &watched}) one->gradient = {0.5F, -1, 2};
    auto first = plain.block();
    auto second = watched.block();
    for (auto* one : {&first, &second}) {
      one->sparse = true;
      one->index = index;
    }
    plain.optimizer->apply({&first, 1}, 0.1);
    const auto report = watched.optimizer->step({&second, 1}, 0.1, watched.before);
    EXPECT_EQ(report.squared_norm, 5.25) << row.name;
    EXPECT_EQ(watched.state(), plain.state()) << row.name;
    EXPECT_EQ(watched.before[2], std::sin(31.0F)) << row.name;
  }
}

// As many coordinates as fill several registers, one, none, and what is between; one that is not finite is anywhere among them.
TEST(Step, OfASparseBlockIsApplyForEveryNumberOfCoordinates) {
  for (const auto& row : optimizers()) {
    for (std::size_t touched = 0; touched < 40; ++touched) {
      std::vector<std::uint32_t> index(touched);
      for (std::size_t i = 0; i < touched; ++i) index[i] = static_cast<std::uint32_t>(3 * i + 1);
      Bench<float> plain(row, {}, 130);
      Bench<float> watched(row, {}, 130);
      Bench<float> deferred(row, {}, 130);
      for (auto* one : {&plain, &watched, &deferred}) {
        one->gradient.resize(touched);
        one->before.resize(touched);
        one->input.resize(touched);
      }
      const auto block = [&](Bench<float>& bench) {
        for (std::size_t i = 0; i < touched; ++i) bench.gradient[i] = 0.3F * bench.input[i];
        auto out = bench.block();
        out.sparse = true;
        out.index = index;
        return out;
      };
      const auto by_apply = block(plain);
      const double squared = squared_norm<float>({&by_apply, 1});
      plain.optimizer->apply({&by_apply, 1}, 0.1);
      const auto by_step = block(watched);
      EXPECT_EQ(watched.optimizer->step({&by_step, 1}, 0.1, watched.before).squared_norm, squared) << row.name << touched;
      EXPECT_EQ(watched.state(), plain.state()) << row.name << touched;
      auto unwritten = block(deferred);
      deferred.gradient.assign(touched, 0);
      unwritten.deferred = true;
      unwritten.slope = 0.3F;
      unwritten.input = deferred.input;
      EXPECT_EQ(deferred.optimizer->step({&unwritten, 1}, 0.1, deferred.before).squared_norm, squared) << row.name << touched;
      EXPECT_EQ(deferred.state(), plain.state()) << row.name << touched;
      EXPECT_EQ(deferred.gradient, plain.gradient) << row.name << touched;
      if (touched == 0) continue;
      watched.weights[index[touched / 2]] = std::numeric_limits<float>::infinity();
      const auto odd = block(watched);
      EXPECT_FALSE(watched.optimizer->step({&odd, 1}, 0.1, watched.before).finite) << row.name << touched;
    }
  }
}

// Side by side in registers or one by one, a coordinate takes the same step.
template <class Real>
void expect_the_step_of_a_dense_block(const OptimizerRow& row, std::size_t touched) {
  Bench<Real> dense(row, {}, touched);
  Bench<Real> sparse(row, {}, 3 * touched + 1);
  std::vector<std::uint32_t> index(touched);
  for (std::size_t i = 0; i < touched; ++i) {
    index[i] = static_cast<std::uint32_t>(3 * i + 1);
    sparse.weights[index[i]] = dense.weights[i];
  }
  sparse.before.resize(touched);
  for (int update = 1; update < 5; ++update) {
    dense.write_gradient(static_cast<Real>(update) / 3);
    sparse.gradient = dense.gradient;
    const auto whole = dense.block();
    auto part = sparse.block();
    part.sparse = true;
    part.index = index;
    EXPECT_TRUE(dense.optimizer->step({&whole, 1}, 0.1, dense.before).finite);
    EXPECT_TRUE(sparse.optimizer->step({&part, 1}, 0.1, sparse.before).finite);
    EXPECT_EQ(sparse.before, dense.before);
    const auto memory = dense.optimizer->accumulators(0);
    const auto part_memory = sparse.optimizer->accumulators(0);
    for (std::size_t i = 0; i < touched; ++i) {
      EXPECT_EQ(sparse.weights[index[i]], dense.weights[i]) << i;
      for (std::size_t slot = 0; slot < memory.size(); ++slot) EXPECT_EQ(part_memory[slot][index[i]], memory[slot][i]) << i;
    }
  }
}

TEST(Step, OfASparseBlockIsThatOfADenseOneOfItsCoordinates) {
  for (const auto& row : optimizers()) {
    for (std::size_t touched = 1; touched < 40; ++touched) {
      SCOPED_TRACE(fmt::format("{} {}", row.name, touched));
      expect_the_step_of_a_dense_block<float>(row, touched);
      expect_the_step_of_a_dense_block<double>(row, touched);
    }
  }
}

TEST(Step, ChangesNothingWhereTheGradientIsNotFinite) {
  for (const auto& row : optimizers()) {
    for (const float odd : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 1e30F}) {
      for (const bool deferred : {false, true}) {
        Bench<float> bench(row, {}, 21);
        const auto old = bench.state();
        bench.write_gradient(odd);
        auto block = bench.block();
        block.deferred = deferred;
        block.slope = odd;
        block.input = bench.input;
        EXPECT_TRUE(bench.optimizer->step({&block, 1}, 0.1, bench.before).refused()) << row.name;
        EXPECT_EQ(bench.state(), old) << row.name;
      }
    }
  }
}

TEST(Step, SaysThatAWeightIsNotFinite) {
  for (const auto& row : optimizers()) {
    Bench<float> bench(row, {}, 21);
    bench.weights[20] = std::numeric_limits<float>::infinity();
    bench.write_gradient(1);
    const auto block = bench.block();
    EXPECT_FALSE(bench.optimizer->step({&block, 1}, 0.1, bench.before).finite) << row.name;
  }
}

TEST(Step, LeavesAFrozenBlockAlone) {
  for (const auto& row : optimizers()) {
    Bench<float> bench(row, {}, 21);
    const auto old = bench.state();
    bench.write_gradient(1);
    auto block = bench.block();
    block.frozen = true;
    const auto report = bench.optimizer->step({&block, 1}, 0.1, bench.before);
    EXPECT_EQ(report.squared_norm, 0) << row.name;
    EXPECT_EQ(bench.state(), old) << row.name;
    EXPECT_EQ(bench.before, bench.weights) << row.name;
  }
}

}  // namespace
}  // namespace rekindle
