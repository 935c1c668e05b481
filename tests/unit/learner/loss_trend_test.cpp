#include "learner/loss_trend.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/random.hpp"

namespace rekindle {
namespace {

// A plain mean that fades once it has seen 1 / alpha values.
struct Mean {
  double alpha;
  double value = 0;
  double count = 0;

  void add(double next) {
    count += 1;
    value += (next - value) * std::max(alpha, 1 / count);
  }
};

// The same from all values so far, block by block.
struct Worked {
  Mean recent{1.0 / 500};
  Mean mean{1.0 / 2000};
  Mean square{1.0 / 2000};
  Mean block_mean{1.0 / 40};
  Mean block_square{1.0 / 40};
  Mean turns{1.0 / 40};
  std::vector<double> values;
  std::vector<double> blocks;
  std::optional<double> best;
  std::uint64_t since_best = 0;

  void add(double value) {
    values.push_back(value);
    recent.add(value);
    mean.add(value);
    square.add(value * value);
    ++since_best;
    if (values.size() % 50 == 0) end_block();
    const bool better = !best || mean.value < *best - 0.005 * std::abs(*best);
    if (values.size() < 50 || !better) return;
    best = mean.value;
    since_best = 0;
  }

  void end_block() {
    double sum = 0;
    for (auto i = values.size() - 50; i < values.size(); ++i) sum += values[i];
    blocks.push_back(sum / 50);
    block_mean.add(blocks.back());
    block_square.add(blocks.back() * blocks.back());
    const auto n = blocks.size();
    // Two steps between three blocks: a turn is where the one goes up and the other down.
    if (n >= 3) turns.add((blocks[n - 1] - blocks[n - 2]) * (blocks[n - 2] - blocks[n - 3]) < 0 ? 1 : 0);
  }

  [[nodiscard]] double dispersion() const {
    const double of_values = square.value - mean.value * mean.value;
    return of_values > 1e-12 * square.value ? 50 * (block_square.value - block_mean.value * block_mean.value) / of_values : 0;
  }
};

void expect_the_same(const LossTrend& trend, const Worked& worked) {
  const auto near = [](double a, double b) { EXPECT_NEAR(a, b, 1e-9 * std::max(1.0, std::abs(b))); };
  near(trend.recent(), worked.recent.value);
  near(trend.dispersion(), worked.dispersion());
  near(trend.sign_changes(), worked.turns.value);
  EXPECT_EQ(trend.since_best(), worked.since_best);
  EXPECT_EQ(trend.is_ready(), worked.blocks.size() >= 20);
}

// A noisy fall, a rise, a start anew in the middle of it, a stretch that stands still, and at last values below zero.
TEST(LossTrend, IsWhatItsMeansSayAtEveryValue) {
  Random random(31);
  LossTrend trend;
  Worked worked;
  for (int i = 0; i < 9000; ++i) {
    double value = 3 * std::exp(-i / 700.0) + 0.3 * std::abs(random.normal());
    if (i >= 3000) value = 1 + 0.001 * (i - 3000) + 0.1 * random.normal();
    if (i >= 5000) value = 0.7;
    if (i >= 7000) value = -0.001 * (i - 7000) + 0.5 * random.normal();
    trend.observe(value);
    worked.add(value);
    if (i == 4321) {
      trend.start_anew();
      worked.best.reset();
      worked.since_best = 0;
    }
    expect_the_same(trend, worked);
    ASSERT_FALSE(HasFailure()) << "at value " << i;
  }
}

TEST(LossTrend, KnowsATurnFromItsThirdBlockOn) {
  LossTrend trend;
  const auto block = [&](double value) {
    for (int i = 0; i < 50; ++i) trend.observe(value);
  };
  block(1);
  block(2);
  EXPECT_EQ(trend.sign_changes(), 0) << "up from nothing is no direction";
  block(1);
  EXPECT_EQ(trend.sign_changes(), 1);
  block(0.5);
  EXPECT_EQ(trend.sign_changes(), 0.5);
}

TEST(LossTrend, OfALossThatIsNothingStandsStill) {
  LossTrend trend;
  for (int i = 0; i < 2000; ++i) trend.observe(0);
  EXPECT_EQ(trend.dispersion(), 0);
  EXPECT_EQ(trend.sign_changes(), 0);
  EXPECT_EQ(trend.since_best(), 1950U) << "its first fifty values were its best";
}

// Around 1 by a random sign: a variance of a millionth of a millionth and less is what rounding leaves of equal values.
TEST(LossTrend, TakesASpreadOfRoundingForNone) {
  const auto dispersion = [](double variance) {
    Random random(5);
    LossTrend trend;
    for (int i = 0; i < 5000; ++i) trend.observe(1 + (random.uniform() < 0.5 ? 1 : -1) * std::sqrt(variance));
    return trend.dispersion();
  };
  EXPECT_EQ(dispersion(0.5e-12), 0);
  EXPECT_NEAR(dispersion(1.5e-12), 1, 0.6);
}

TEST(LossTrend, GoesOnFromASave) {
  Random random(6);
  LossTrend whole;
  LossTrend parts;
  for (int i = 0; i < 3000; ++i) {
    const double value = std::exp(random.normal()) / (1 + i / 1000.0);
    whole.observe(value);
    parts.observe(value);
    if (i % 333 != 0) continue;
    ByteWriter out;
    parts.save(out);
    parts = LossTrend();
    ByteReader in(out.bytes());
    parts.load(in);
    EXPECT_TRUE(in.ok() && in.at_end());
  }
  EXPECT_EQ(parts.recent(), whole.recent());
  EXPECT_EQ(parts.dispersion(), whole.dispersion());
  EXPECT_EQ(parts.sign_changes(), whole.sign_changes());
  EXPECT_EQ(parts.since_best(), whole.since_best());
}

}  // namespace
}  // namespace rekindle
