#include "schedule/warmup.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::make_schedule;

struct Example {
  WarmupKind kind;
  double step;
  double rate;  // Of a step schedule with lr 0.1, step_size 5, behind a warm-up of 10 steps from a tenth.
};

TEST(Warmup, RisesToTheFirstRateThenStartsTheSchedule) {
  const std::vector<Example> examples = {
      {WarmupKind::linear, 0, 0.01},
      {WarmupKind::linear, 5, 0.055},
      {WarmupKind::linear, 9, 0.091},
      {WarmupKind::exponential, 0, 0.01},
      {WarmupKind::exponential, 5, 0.1 * std::pow(0.1, 0.5)},
      {WarmupKind::constant, 0, 0.01},
      {WarmupKind::constant, 9, 0.01},
      {WarmupKind::linear, 10, 0.1},
      {WarmupKind::exponential, 10, 0.1},
      {WarmupKind::constant, 10, 0.1},
      {WarmupKind::linear, 14, 0.1},
      {WarmupKind::linear, 15, 0.01},
      {WarmupKind::constant, 20, 0.001},
  };
  for (const auto& [kind, step, rate] : examples) {
    const auto schedule = with_warmup({10, 0.1, kind}, make_schedule("step", {{"step_size", 5}}));
    EXPECT_NEAR(schedule->rate_at(step), rate, 1e-15) << static_cast<int>(kind) << " at " << step;
  }
}

TEST(Warmup, OfNoStepsIsNone) {
  const auto schedule = with_warmup({0, 0.01, WarmupKind::linear}, make_schedule("constant", {}));
  EXPECT_EQ(schedule->rate_at(0), 0.1);
}

TEST(Warmup, CountsCyclesFromItsEnd) {
  const auto schedule = with_warmup({100, 0.01, WarmupKind::linear}, make_schedule("cosine_restarts", {{"T_0", 10}}));
  EXPECT_EQ(schedule->cycle_at(99), 0);
  EXPECT_EQ(schedule->cycle_at(109), 0);
  EXPECT_EQ(schedule->cycle_at(110), 1);
}

// Until it is over the main schedule stands at its step 0, with its momentum.
TEST(Warmup, HoldsTheScheduleAtItsBeginning) {
  const auto restarts = with_warmup({3, 0.5, WarmupKind::linear}, make_schedule("cosine_restarts", {{"T_0", 1}}));
  EXPECT_EQ(restarts->cycle_at(0), 0);
  EXPECT_EQ(restarts->cycle_at(2.5), 0);
  EXPECT_EQ(restarts->cycle_at(3), 0);
  EXPECT_EQ(restarts->cycle_at(4), 1);
  const auto cyclic =
      with_warmup({3, 0.5, WarmupKind::linear}, make_schedule("cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}}));
  EXPECT_TRUE(cyclic->has_momentum());
  EXPECT_EQ(cyclic->momentum_at(0), 0.9);
  EXPECT_EQ(cyclic->momentum_at(2), 0.9);
  EXPECT_EQ(cyclic->momentum_at(7), 0.8);
  EXPECT_EQ(cyclic->rate_at(1.5), 0.75) << "half way from half the first rate to it";
}

TEST(Warmup, MayBeAsShortAsItLikes) {
  for (const double steps : {0.25, 1.0}) {
    const auto schedule = with_warmup({steps, 0.5, WarmupKind::linear}, make_schedule("constant", {}));
    EXPECT_EQ(schedule->rate_at(0), 0.05) << steps;
    EXPECT_DOUBLE_EQ(schedule->rate_at(steps / 2), 0.075) << steps;
    EXPECT_EQ(schedule->rate_at(steps), 0.1) << steps;
  }
}

TEST(Warmup, IsBuiltFromItsParameters) {
  Diagnostics diagnostics;
  const auto p = check_parameters(warmup_parameters(), test::table({{"steps", 5}, {"kind", "exponential"}}), "warmup", diagnostics);
  const auto warmup = warmup_from(p);
  EXPECT_EQ(warmup.steps, 5);
  EXPECT_EQ(warmup.start_factor, 0.01);
  EXPECT_EQ(warmup.kind, WarmupKind::exponential);
  (void)check_parameters(warmup_parameters(), test::table({{"steps", -1}, {"start_factor", 0}, {"kind", "square"}}), "warmup", diagnostics);
  EXPECT_EQ(test::texts(diagnostics),
            "warmup.steps: must be >= 0, got -1\nwarmup.start_factor: must be > 0 and <= 1, got 0\n"
            "warmup.kind: must be one of linear, exponential, constant, got \"square\"\n");
}

}  // namespace
}  // namespace rekindle
