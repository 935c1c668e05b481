#include "schedule/schedule.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <numbers>

#include "base/random.hpp"
#include "support/choices.hpp"
#include "unit/schedule/parts.hpp"

namespace rekindle {
namespace {

using test::Entries;
using test::make_schedule;
using test::one;
using test::part;
using test::reals;

// Three deep: a repeated sequence of a product and a cycle.
const Entries deep = {
    {"schedule", one("sequence", {{"schedules", Array{part("product", {{"schedules", Array{part("linear", {{"total_iters", 20}}),
                                                                                           part("step", {{"step_size", 7}})}}}),
                                                      part("cyclic", {{"base_lr", 0.001}, {"max_lr", 0.1}, {"step_size_up", 5}})}},
                                  {"milestones", reals({30})}})},
    {"period", 100},
    {"T_mult", 1.5},
    {"peak_decay", 0.9}};

// For every row, settings over the whole width of its parameters. A new row needs an entry here.
const std::map<std::string, std::vector<Entries>> settings = {
    {"constant",
     {{}, {{"factor", 0.25}, {"total_iters", 12}}, {{"factor", 0}, {"total_iters", 1e9}}, {{"factor", 100}, {"total_iters", 3}}}},
    {"exponential",
     {{{"gamma", 0.97}},
      {{"gamma", 1.01}},
      {{"gamma", 1e-300}},
      {{"gamma", 1e300}},
      {{"gamma", 1}},
      {{"decay_rate", 0.8}, {"decay_steps", 20}},
      {{"decay_rate", 0.5}, {"decay_steps", 0.5}, {"staircase", true}},
      {{"decay_rate", 2}, {"decay_steps", 1e-6}}}},
    {"step",
     {{{"step_size", 30}},
      {{"step_size", 0.25}, {"gamma", 0.999}},
      {{"step_size", 1e9}, {"gamma", 1e-9}},
      {{"step_size", 1}, {"gamma", 1e9}}}},
    {"cosine_restarts",
     {{{"T_0", 10}},
      {{"T_0", 10}, {"T_mult", 2}, {"eta_min", 0.001}},
      {{"T_0", 1}, {"T_mult", 1.0001}, {"peak_decay", 0.5}},
      {{"T_0", 1e-300}},
      {{"T_0", 1e-300}, {"T_mult", 1.5}},
      {{"T_0", 1e300}, {"T_mult", 1e300}},
      {{"T_0", 0.5}, {"T_mult", 1.5}, {"eta_min", 1}},
      {{"T_0", 1e9}, {"T_mult", 1e6}, {"peak_decay", 1e-9}},
      {{"T_0", 5000}, {"T_mult", 1.000000001}, {"eta_min", 0.01}, {"peak_decay", 0.8}}}},
    {"multistep",
     {{{"milestones", reals({10, 40, 41, 90})}}, {{"milestones", reals({20, 20, 0.5})}, {"gamma", 1e200}}, {{"milestones", Array{}}}}},
    {"piecewise",
     {{{"boundaries", reals({30, 70.5})}, {"values", reals({0.5, 0, 1e308})}}, {{"boundaries", Array{}}, {"values", reals({0.25})}}}},
    {"polynomial",
     {{{"total_iters", 100}, {"power", 2.5}},
      {{"total_iters", 7}, {"cycle", true}, {"end_lr", 0.02}},
      {{"total_iters", 1e-300}, {"cycle", true}, {"power", 0.5}},
      {{"total_iters", 1e300}, {"end_lr", 1e300}, {"power", 0}}}},
    {"linear",
     {{{"total_iters", 20}},
      {{"total_iters", 0.5}, {"start_factor", 1}, {"end_factor", 0}},
      {{"total_iters", 1e9}, {"start_factor", 0}, {"end_factor", 1e308}}}},
    {"cosine", {{{"T_max", 50}}, {{"T_max", 1e-300}, {"eta_min", 0.001}}, {{"T_max", 1e300}, {"eta_min", 1e300}}}},
    {"cyclic",
     {{{"base_lr", 0.001}, {"max_lr", 0.1}, {"step_size_up", 10}},
      {{"base_lr", 0}, {"max_lr", 0.1}, {"step_size_up", 8}, {"step_size_down", 20}, {"mode", "triangular2"}},
      {{"base_lr", 0.1}, {"max_lr", 0.1}, {"mode", "exp_range"}, {"gamma", 0.9}, {"cycle_momentum", false}},
      {{"base_lr", 0}, {"max_lr", 1e308}, {"step_size_up", 1e308}, {"step_size_down", 1e308}},
      {{"base_lr", 0}, {"max_lr", 1}, {"step_size_up", 1e-300}, {"step_size_down", 1e-300}, {"mode", "triangular2"}}}},
    {"one_cycle",
     {{{"max_lr", 0.1}, {"total_steps", 100}},
      {{"max_lr", 0.1}, {"total_steps", 90}, {"anneal_strategy", "linear"}, {"pct_start", 0.25}, {"three_phase", true}},
      {{"max_lr", 0.1}, {"total_steps", 10}, {"pct_start", 0.1}},
      {{"max_lr", 0.1}, {"total_steps", 10}, {"pct_start", 0}},
      {{"max_lr", 0.1}, {"total_steps", 10}, {"pct_start", 1}, {"three_phase", true}},
      {{"max_lr", 1e308}, {"total_steps", 1}, {"div_factor", 1e-300}, {"final_div_factor", 1e-300}},
      {{"max_lr", 1}, {"total_steps", 1e308}, {"three_phase", true}, {"pct_start", 1}, {"cycle_momentum", false}}}},
    {"inverse_time",
     {{{"decay_rate", 0.5}},
      {{"decay_rate", 0.5}, {"decay_steps", 10}, {"staircase", true}},
      {{"decay_rate", 0}, {"decay_steps", 1e-300}},
      {{"decay_rate", 1e308}, {"decay_steps", 1e-300}}}},
    {"inverse_sqrt", {{}, {{"warmup_steps", 16}}, {{"warmup_steps", 1e12}}, {{"warmup_steps", 1e-308}}}},
    {"wsd", {{{"stable_steps", 0}, {"decay_steps", 10}}, {{"stable_steps", 1e9}, {"decay_steps", 1e-300}, {"decay", "sqrt"}}}},
    {"plateau", {{}, {{"patience", 0}, {"factor", 0}}}},
    {"power", {{}, {{"initial_t", 10}, {"power_t", 1}}, {{"initial_t", 0}, {"power_t", 0}}, {{"initial_t", 1e-300}, {"power_t", 300}}}},
    {"repeat",
     {{{"schedule", one("step", {{"step_size", 3}})}, {"period", 10}},
      {{"schedule", one("exponential", {{"gamma", 2}})}, {"period", 1e9}, {"T_mult", 1000}, {"peak_decay", 1e-9}},
      {{"schedule", one("cosine", {{"T_max", 5}})}, {"period", 1e-300}, {"T_mult", 1.5}},
      deep}},
    {"sequence",
     {{{"schedules", Array{part("constant", {{"factor", 0.25}, {"total_iters", 12}}), part("cosine", {{"T_max", 50}}),
                           part("exponential", {{"gamma", 0.97}})}},
       {"milestones", reals({15, 60})}},
      {{"schedules", Array{part("repeat", deep)}}, {"milestones", Array{}}}}},
    {"product",
     {{{"schedules", Array{part("linear", {{"total_iters", 20}}), part("step", {{"step_size", 30}})}}},
      {{"schedules", Array{part("exponential", {{"gamma", 1e300}}), part("exponential", {{"gamma", 1e-300}})}}},
      {{"schedules", Array{part("exponential", {{"gamma", 2}}), part("repeat", deep)}}}}},
};

bool has_own_rates(const std::string& type) { return type == "piecewise" || type == "cyclic" || type == "one_cycle"; }

bool mentions_own_rates(const Table& table) {
  return std::ranges::any_of(table.entries(), [](const auto& entry) {
    if (entry.key == "type") return has_own_rates(*entry.value.string());
    if (const auto* inner = entry.value.table()) return mentions_own_rates(*inner);
    const auto* array = entry.value.array();
    return array != nullptr &&
           std::ranges::any_of(*array, [](const auto& each) { return each.table() != nullptr && mentions_own_rates(*each.table()); });
  });
}

const std::vector<double> rates = {0, 1e-12, 0.1, 1, 1e6};

TEST(EverySchedule, HasSettingsInThisTest) {
  for (const auto& row : schedules()) EXPECT_TRUE(settings.contains(row.name)) << row.name;
}

TEST(EverySchedule, IsFiniteAndNeverNegativeAtAnyStep) {
  Random random(1);
  for (const auto& [type, all] : settings) {
    for (const auto& given : all) {
      for (const double lr : rates) {
        const auto schedule = make_schedule(type, given, lr);
        for (int i = 0; i < 2000; ++i) {
          // From 0 over fractions to 1e12, evenly over the orders of magnitude.
          const double step = i == 0 ? 0 : std::pow(10.0, random.uniform() * 15 - 3);
          for (const double at : {step, std::floor(step)}) {
            const double rate = schedule->rate_at(at);
            ASSERT_TRUE(std::isfinite(rate) && rate >= 0)
                << type << " with " << Value(test::table(given)).text() << " gives " << rate << " at " << at;
            const double cycle = schedule->cycle_at(at);
            ASSERT_TRUE(std::isfinite(cycle) && cycle >= 0) << type << " is in cycle " << cycle << " at " << at;
            const double momentum = schedule->momentum_at(at).value_or(0);
            ASSERT_TRUE(momentum >= 0 && momentum < 1) << type << " has momentum " << momentum << " at " << at;
            ASSERT_TRUE(schedule->has_momentum() || !schedule->momentum_at(at)) << type;
          }
        }
      }
    }
  }
}

TEST(EverySchedule, SaysTheSameWhetherWalkedToOrAskedAtOnce) {
  for (const auto& [type, all] : settings) {
    for (const auto& given : all) {
      const auto walked = make_schedule(type, given);
      std::vector<double> trace;
      for (int step = 0; step < 3000; ++step) trace.push_back(walked->rate_at(step));
      const auto asked = make_schedule(type, given);
      for (int step = 2999; step >= 0; --step)
        ASSERT_EQ(asked->rate_at(step), trace[static_cast<std::size_t>(step)]) << type << " at " << step;
    }
  }
}

TEST(EverySchedule, IsZeroThroughoutForARateOfZeroAndNoFloor) {
  for (const auto& [type, all] : settings) {
    for (const auto& given : all) {
      const auto schedule = make_schedule(type, given, 0);
      const bool floored =
          has_own_rates(type) || mentions_own_rates(test::table(given)) ||
          std::ranges::any_of(given, [](const auto& entry) { return entry.first == "eta_min" || entry.first == "end_lr"; });
      for (const double step : {0.0, 1.0, 1e3, 1e12}) {
        if (floored) continue;
        EXPECT_EQ(schedule->rate_at(step), 0) << type;
      }
    }
  }
}

struct Example {
  const char* type;
  Entries given;
  double step;
  double rate;  // With lr = 0.1
};

TEST(Schedules, FollowTheirFormula) {
  const std::vector<Example> examples = {
      {"constant", {}, 1e9, 0.1},
      {"constant", {{"factor", 0.5}, {"total_iters", 10}}, 9, 0.05},
      {"constant", {{"factor", 0.5}, {"total_iters", 10}}, 10, 0.1},
      {"exponential", {{"gamma", 0.5}}, 3, 0.0125},
      {"exponential", {{"decay_rate", 0.5}, {"decay_steps", 10}}, 5, 0.1 * std::sqrt(0.5)},
      {"exponential", {{"decay_rate", 0.5}, {"decay_steps", 10}, {"staircase", true}}, 9, 0.1},
      {"exponential", {{"decay_rate", 0.5}, {"decay_steps", 10}, {"staircase", true}}, 10, 0.05},
      {"step", {{"step_size", 30}}, 29, 0.1},
      {"step", {{"step_size", 30}}, 30, 0.01},
      {"step", {{"step_size", 30}}, 60, 0.001},
      {"cosine_restarts", {{"T_0", 10}}, 0, 0.1},
      {"cosine_restarts", {{"T_0", 10}}, 5, 0.05},
      {"cosine_restarts", {{"T_0", 10}}, 10, 0.1},
      {"cosine_restarts", {{"T_0", 10}, {"T_mult", 2}}, 10, 0.1},
      {"cosine_restarts", {{"T_0", 10}, {"T_mult", 2}}, 20, 0.05},
      {"cosine_restarts", {{"T_0", 10}, {"T_mult", 2}}, 30, 0.1},
      {"cosine_restarts", {{"T_0", 10}, {"eta_min", 0.02}}, 5, 0.06},
      {"cosine_restarts", {{"T_0", 10}, {"eta_min", 0.02}, {"peak_decay", 0.5}}, 10, 0.06},
      {"cosine_restarts", {{"T_0", 10}, {"eta_min", 0.02}, {"peak_decay", 0.5}}, 20, 0.04},
      {"multistep", {{"milestones", reals({10, 20, 20})}, {"gamma", 0.5}}, 9, 0.1},
      {"multistep", {{"milestones", reals({10, 20, 20})}, {"gamma", 0.5}}, 10, 0.05},
      {"multistep", {{"milestones", reals({20, 10, 20})}, {"gamma", 0.5}}, 20, 0.0125},
      {"piecewise", {{"boundaries", reals({10, 20})}, {"values", reals({3, 2, 1})}}, 9.5, 3},
      {"piecewise", {{"boundaries", reals({10, 20})}, {"values", reals({3, 2, 1})}}, 10, 2},
      {"piecewise", {{"boundaries", reals({10, 20})}, {"values", reals({3, 2, 1})}}, 1e12, 1},
      {"polynomial", {{"total_iters", 10}, {"power", 2}}, 5, 0.025},
      {"polynomial", {{"total_iters", 10}, {"power", 2}, {"end_lr", 0.02}}, 5, 0.04},
      {"polynomial", {{"total_iters", 10}, {"end_lr", 0.02}}, 1e12, 0.02},
      {"polynomial", {{"total_iters", 10}, {"cycle", true}}, 10, 0},
      {"polynomial", {{"total_iters", 10}, {"cycle", true}}, 11, 0.045},
      {"polynomial", {{"total_iters", 10}, {"cycle", true}}, 21, 0.03},
      {"linear", {{"total_iters", 10}}, 0, 0.1 / 3},
      {"linear", {{"total_iters", 10}, {"start_factor", 0}}, 5, 0.05},
      {"linear", {{"total_iters", 10}, {"end_factor", 0.5}}, 1e12, 0.05},
      {"cosine", {{"T_max", 10}, {"eta_min", 0.02}}, 5, 0.06},
      {"cosine", {{"T_max", 10}, {"eta_min", 0.02}}, 10, 0.02},
      {"cosine", {{"T_max", 10}, {"eta_min", 0.02}}, 15, 0.02},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}}, 2, 2},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}}, 4, 3},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}}, 8, 1},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}, {"step_size_down", 2}}, 5, 2},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}, {"mode", "triangular2"}}, 12, 2},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 2}, {"mode", "exp_range"}, {"gamma", 0.5}}, 2, 1.5},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 101}, {"pct_start", 51.0 / 101}, {"anneal_strategy", "linear"}}, 0, 0.04},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 101}, {"pct_start", 51.0 / 101}, {"anneal_strategy", "linear"}}, 50, 1},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 101}, {"anneal_strategy", "linear"}}, 100, 4e-6},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 101}}, 1e12, 4e-6},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 50}, {"pct_start", 0.5}}, 8, 0.04 + 0.96 * (1 - std::cos(std::numbers::pi / 3)) / 2},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 50}, {"pct_start", 0.5}, {"anneal_strategy", "linear"}}, 8, 0.04 + 0.96 / 3},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 4}, {"pct_start", 0.5}}, 0, 0.04},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 4}, {"pct_start", 0.5}}, 0.5, 0.52},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 4}, {"pct_start", 0.5}}, 1, 1},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 4}, {"pct_start", 0.5}}, 2, 0.500002},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 10}, {"pct_start", 0.1}}, 0, 1},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 1}}, 0, 4e-6},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 30}, {"three_phase", true}, {"anneal_strategy", "linear"}}, 4, 0.52},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 30}, {"three_phase", true}, {"anneal_strategy", "linear"}}, 8, 1},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 30}, {"three_phase", true}, {"anneal_strategy", "linear"}}, 12, 0.52},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 30}, {"three_phase", true}, {"anneal_strategy", "linear"}}, 16, 0.04},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 30}, {"three_phase", true}, {"anneal_strategy", "linear"}}, 22.5, 0.020002},
      {"inverse_time", {{"decay_rate", 0.5}}, 2, 0.05},
      {"inverse_time", {{"decay_rate", 1}, {"decay_steps", 10}, {"staircase", true}}, 19, 0.05},
      {"inverse_sqrt", {}, 3, 0.05},
      {"inverse_sqrt", {{"warmup_steps", 4}}, 0, 0.025},
      {"inverse_sqrt", {{"warmup_steps", 4}}, 3, 0.1},
      {"inverse_sqrt", {{"warmup_steps", 4}}, 4, 0.1 * std::sqrt(0.8)},
      {"inverse_sqrt", {{"warmup_steps", 4}}, 15, 0.05},
      {"power", {}, 3, 0.1 / std::sqrt(5.0)},
      {"power", {{"initial_t", 0}, {"power_t", 0}}, 3, 0.1},
      {"power", {{"initial_t", 10}, {"power_t", 1}}, 9, 0.05},
      {"repeat", {{"schedule", one("step", {{"step_size", 5}})}, {"period", 10}}, 9, 0.01},
      {"repeat", {{"schedule", one("step", {{"step_size", 5}})}, {"period", 10}}, 10, 0.1},
      {"repeat", {{"schedule", one("step", {{"step_size", 5}, {"lr", 0.2}})}, {"period", 10}, {"peak_decay", 0.5}}, 10, 0.1},
      {"repeat", {{"schedule", one("step", {{"step_size", 5}})}, {"period", 10}, {"T_mult", 2}, {"peak_decay", 0.5}}, 29, 0.05 * 0.001},
      {"repeat", {{"schedule", one("step", {{"step_size", 5}})}, {"period", 10}, {"T_mult", 2}, {"peak_decay", 0.5}}, 30, 0.025},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("step", {{"step_size", 2}, {"lr", 1}})}}, {"milestones", reals({5})}},
       4,
       0.1},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("step", {{"step_size", 2}, {"lr", 1}})}}, {"milestones", reals({5})}},
       5,
       1},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("step", {{"step_size", 2}, {"lr", 1}})}}, {"milestones", reals({5})}},
       7,
       0.1},
      {"product",
       {{"schedules", Array{part("constant", {{"factor", 0.5}, {"total_iters", 9}}), part("step", {{"step_size", 5}})}}},
       5,
       0.005},
      {"product",
       {{"schedules", Array{part("constant", {{"factor", 0.5}, {"total_iters", 9}}), part("step", {{"step_size", 5}})}}},
       9,
       0.01},
      {"repeat", deep, 0, 0.1 / 3},
      {"repeat", deep, 20, 0.001},
      {"repeat", deep, 35, 0.1},
      {"repeat", deep, 135, 0.09},
      {"repeat", deep, 250, 0.1 / 3 * 0.81},
  };
  for (const auto& [type, given, step, rate] : examples) {
    EXPECT_NEAR(make_schedule(type, given)->rate_at(step), rate, 1e-15 + rate * 1e-14)
        << type << " " << Value(test::table(given)).text() << " at " << step;
  }
}

TEST(Schedules, MoveTheMomentumAgainstTheRate) {
  const auto cyclic = make_schedule("cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"step_size_up", 4}});
  EXPECT_EQ(cyclic->momentum_at(0), 0.9);
  EXPECT_EQ(cyclic->momentum_at(4), 0.9 - (0.9 - 0.8));
  const auto one_cycle = make_schedule("one_cycle", {{"max_lr", 1}, {"total_steps", 10}, {"pct_start", 0.5}, {"max_momentum", 0.9}});
  EXPECT_EQ(one_cycle->momentum_at(0), 0.9);
  EXPECT_NEAR(*one_cycle->momentum_at(4), 0.85, 1e-15);
  EXPECT_EQ(one_cycle->momentum_at(1e12), 0.9);
  EXPECT_EQ(make_schedule("cyclic", {{"base_lr", 1}, {"max_lr", 3}, {"cycle_momentum", false}})->momentum_at(4), std::nullopt);
}

TEST(Schedules, TakeTheMomentumOfTheirParts) {
  const auto schedule = make_schedule("repeat", deep);
  EXPECT_TRUE(schedule->has_momentum());
  EXPECT_EQ(schedule->momentum_at(29), std::nullopt);
  EXPECT_EQ(schedule->momentum_at(30), 0.9);
  EXPECT_EQ(schedule->momentum_at(35), 0.9 - (0.9 - 0.8));
  EXPECT_EQ(schedule->momentum_at(130), 0.9);
  const auto product =
      make_schedule("product", {{"schedules", Array{part("constant", {}), part("cyclic", {{"base_lr", 1}, {"max_lr", 3}})}}});
  EXPECT_EQ(product->momentum_at(0), 0.9);
}

TEST(Schedules, CountTheCyclesOfTheirParts) {
  const auto restarts = [](double length) { return part("cosine_restarts", {{"T_0", length}}); };
  const auto product = make_schedule("product", {{"schedules", Array{restarts(10), restarts(4), part("constant", {})}}});
  EXPECT_EQ(product->cycle_at(3), 0);
  EXPECT_EQ(product->cycle_at(9), 2) << "the furthest part's";
  EXPECT_EQ(make_schedule("product", {{"schedules", Array{part("constant", {})}}})->cycle_at(1e9), 0);
  const auto sequence = make_schedule("sequence", {{"schedules", Array{restarts(2), restarts(5)}}, {"milestones", reals({7})}});
  EXPECT_EQ(sequence->cycle_at(6), 3);
  EXPECT_EQ(sequence->cycle_at(7), 0) << "from the part's own step 0";
  EXPECT_EQ(sequence->cycle_at(12), 1);
}

// The base rate cancels, also one of exactly 1.
TEST(Schedules, MultiplyFactorsAtAnyBaseRate) {
  const Entries given = {{"schedules", Array{part("constant", {{"factor", 0.5}, {"total_iters", 9}}), part("step", {{"step_size", 5}})}}};
  for (const double lr : {0.1, 1.0, 2.0, 1e-6}) {
    EXPECT_DOUBLE_EQ(make_schedule("product", given, lr)->rate_at(3), lr * 0.5) << lr;
    EXPECT_DOUBLE_EQ(make_schedule("product", given, lr)->rate_at(5), lr * 0.05) << lr;
  }
}

// To the bit, whatever the two slopes' lengths are.
TEST(Cyclic, ReachesExactlyItsMaximum) {
  for (const double up : {0.1, 0.3, 4.0, 7.0}) {
    for (const double down : {0.1, 0.2, 0.7, 3.0, 11.0}) {
      const auto schedule = make_schedule("cyclic", {{"base_lr", 0.1}, {"max_lr", 0.3}, {"step_size_up", up}, {"step_size_down", down}});
      EXPECT_EQ(schedule->rate_at(up), 0.3) << up << ", " << down;
      EXPECT_EQ(schedule->momentum_at(up), 0.8) << up << ", " << down;
    }
  }
}

// Two texts of one schedule are one schedule: the order of keys and written defaults do not count.
TEST(Schedules, KeepTheirPartsWithDefaultsAndInOneOrder) {
  const auto kept = [](const Entries& step) {
    const auto choice = test::choose(schedules(), "repeat", test::table({{"schedule", one("step", step)}, {"period", 10}}));
    return Value(choice.parameters.table()).text();
  };
  EXPECT_EQ(kept({{"step_size", 5}}), kept({{"gamma", 0.1}, {"step_size", 5.0}}));
  EXPECT_NE(kept({{"step_size", 5}}), kept({{"gamma", 0.2}, {"step_size", 5}}));
}

TEST(CosineRestarts, StartsEveryCycleAtItsPeak) {
  for (const double growth : {1.0, 2.0, 3.0, 7.0}) {
    const auto schedule = make_schedule("cosine_restarts", {{"T_0", 1}, {"T_mult", growth}});
    double start = 0;
    double length = 1;
    for (int cycle = 0; cycle < 20 && start < 1e15; ++cycle) {
      EXPECT_EQ(schedule->cycle_at(start), cycle) << "growth " << growth;
      EXPECT_EQ(schedule->rate_at(start), 0.1) << "growth " << growth << " cycle " << cycle;
      start += length;
      length *= growth;
    }
  }
}

}  // namespace
}  // namespace rekindle
