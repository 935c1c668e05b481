#include <gmock/gmock.h>

#include "unit/schedule/parts.hpp"

namespace rekindle {
namespace {

using test::Entries;
using test::make_schedule;
using test::one;
using test::part;
using test::reals;

struct Refusal {
  const char* type;
  Entries given;
  const char* message;
};

TEST(Schedules, RefuseParametersOutsideTheirBounds) {
  const std::vector<Refusal> refusals = {
      {"constant", {{"lr", -0.1}}, "constant.lr: must be >= 0, got -0.1"},
      {"constant", {{"factor", -1}}, "constant.factor: must be >= 0, got -1"},
      {"constant", {{"total_iters", -1}}, "constant.total_iters: must be >= 0, got -1"},
      {"exponential", {{"gamma", 0}}, "exponential.gamma: must be > 0, got 0"},
      {"exponential", {{"decay_rate", 0.5}, {"decay_steps", 0}}, "exponential.decay_steps: must be > 0, got 0"},
      {"exponential", {{"decay_rate", -1}, {"decay_steps", 1}}, "exponential.decay_rate: must be > 0, got -1"},
      {"exponential", {}, "exponential: needs gamma, or decay_rate with decay_steps"},
      {"exponential", {{"decay_rate", 0.5}}, "exponential: needs gamma, or decay_rate with decay_steps"},
      {"exponential", {{"gamma", 0.5}, {"decay_steps", 1}}, "exponential: takes gamma, or decay_rate with decay_steps, never both"},
      {"exponential", {{"gamma", 0.5}, {"staircase", 1}}, "exponential.staircase: must be true or false, got 1"},
      {"step", {}, "step.step_size: is required"},
      {"step", {{"step_size", 0}}, "step.step_size: must be > 0, got 0"},
      {"step", {{"step_size", 5}, {"gamma", 0}}, "step.gamma: must be > 0, got 0"},
      {"cosine_restarts", {}, "cosine_restarts.T_0: is required"},
      {"cosine_restarts", {{"T_0", 0}}, "cosine_restarts.T_0: must be > 0, got 0"},
      {"cosine_restarts", {{"T_0", 5}, {"T_mult", 0.9}}, "cosine_restarts.T_mult: must be >= 1, got 0.9"},
      {"cosine_restarts", {{"T_0", 5}, {"eta_min", -1}}, "cosine_restarts.eta_min: must be >= 0, got -1"},
      {"cosine_restarts", {{"T_0", 5}, {"peak_decay", 1.1}}, "cosine_restarts.peak_decay: must be > 0 and <= 1, got 1.1"},
      {"cosine_restarts", {{"T0", 5}, {"T_0", 5}}, "cosine_restarts.T0: unknown key; did you mean \"T_0\"?"},
      {"multistep", {}, "multistep.milestones: is required"},
      {"multistep", {{"milestones", reals({5, -1})}}, "multistep.milestones: every value must be >= 0, got -1"},
      {"multistep", {{"milestones", 5}}, "multistep.milestones: must be an array of finite numbers, got 5"},
      {"multistep", {{"milestones", reals({5})}, {"gamma", 0}}, "multistep.gamma: must be > 0, got 0"},
      {"piecewise",
       {{"boundaries", reals({1, 2})}, {"values", reals({1, 2})}},
       "piecewise: values must be one more than boundaries, got 2 and 2"},
      {"piecewise", {{"boundaries", reals({2, 2})}, {"values", reals({1, 2, 3})}}, "piecewise: boundaries must increase, got 2 after 2"},
      {"piecewise", {{"boundaries", reals({2})}, {"values", reals({1, -2})}}, "piecewise.values: every value must be >= 0, got -2"},
      {"piecewise", {{"boundaries", reals({-2})}, {"values", reals({1, 2})}}, "piecewise.boundaries: every value must be >= 0, got -2"},
      {"piecewise", {{"lr", 1}, {"boundaries", reals({2})}, {"values", reals({1, 2})}}, "piecewise.lr: unknown key"},
      {"polynomial", {}, "polynomial.total_iters: is required"},
      {"polynomial", {{"total_iters", 0}}, "polynomial.total_iters: must be > 0, got 0"},
      {"polynomial", {{"total_iters", 1}, {"power", -1}}, "polynomial.power: must be >= 0, got -1"},
      {"polynomial", {{"total_iters", 1}, {"end_lr", -1}}, "polynomial.end_lr: must be >= 0, got -1"},
      {"linear", {}, "linear.total_iters: is required"},
      {"linear", {{"total_iters", 0}}, "linear.total_iters: must be > 0, got 0"},
      {"linear", {{"total_iters", 1}, {"start_factor", -1}}, "linear.start_factor: must be >= 0, got -1"},
      {"linear", {{"total_iters", 1}, {"end_factor", -1}}, "linear.end_factor: must be >= 0, got -1"},
      {"cosine", {}, "cosine.T_max: is required"},
      {"cosine", {{"T_max", 0}}, "cosine.T_max: must be > 0, got 0"},
      {"cosine", {{"T_max", 1}, {"eta_min", -1}}, "cosine.eta_min: must be >= 0, got -1"},
      {"cyclic", {{"base_lr", 1}}, "cyclic.max_lr: is required"},
      {"cyclic", {{"base_lr", -1}, {"max_lr", 1}}, "cyclic.base_lr: must be >= 0, got -1"},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 0.5}}, "cyclic: base_lr must be <= max_lr, got 1 and 0.5"},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 2}, {"step_size_up", 0}}, "cyclic.step_size_up: must be > 0, got 0"},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 2}, {"step_size_down", 0}}, "cyclic.step_size_down: must be > 0, got 0"},
      {"cyclic",
       {{"base_lr", 1}, {"max_lr", 2}, {"mode", "triangular3"}},
       "cyclic.mode: must be one of triangular, triangular2, exp_range, got \"triangular3\"; did you mean \"triangular\"?"},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 2}, {"gamma", 1.1}}, "cyclic.gamma: must be > 0 and <= 1, got 1.1"},
      {"cyclic", {{"base_lr", 1}, {"max_lr", 2}, {"max_momentum", 1}}, "cyclic.max_momentum: must be >= 0 and < 1, got 1"},
      {"cyclic",
       {{"base_lr", 1}, {"max_lr", 2}, {"base_momentum", 0.95}},
       "cyclic: base_momentum must be <= max_momentum, got 0.95 and 0.9"},
      {"one_cycle", {{"max_lr", 1}}, "one_cycle.total_steps: is required"},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 0}}, "one_cycle.total_steps: must be >= 1, got 0"},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 9}, {"pct_start", 1.5}}, "one_cycle.pct_start: must be >= 0 and <= 1, got 1.5"},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 9}, {"div_factor", 0}}, "one_cycle.div_factor: must be > 0, got 0"},
      {"one_cycle", {{"max_lr", 1}, {"total_steps", 9}, {"final_div_factor", 0}}, "one_cycle.final_div_factor: must be > 0, got 0"},
      {"one_cycle",
       {{"max_lr", 1}, {"total_steps", 9}, {"anneal_strategy", "cosine"}},
       "one_cycle.anneal_strategy: must be one of cos, linear, got \"cosine\""},
      {"inverse_time", {}, "inverse_time.decay_rate: is required"},
      {"inverse_time", {{"decay_rate", -1}}, "inverse_time.decay_rate: must be >= 0, got -1"},
      {"inverse_time", {{"decay_rate", 1}, {"decay_steps", 0}}, "inverse_time.decay_steps: must be > 0, got 0"},
      {"inverse_sqrt", {{"warmup_steps", 0}}, "inverse_sqrt.warmup_steps: must be > 0, got 0"},
      {"power", {{"initial_t", -1}}, "power.initial_t: must be >= 0, got -1"},
      {"power", {{"power_t", -1}}, "power.power_t: must be >= 0, got -1"},
      {"power", {{"initial_t", 0}}, "power: initial_t must be > 0 unless power_t is 0, got 0"},
      {"repeat", {{"period", 5}}, "repeat.schedule: is required"},
      {"repeat", {{"schedule", "step"}, {"period", 5}}, "repeat.schedule: must be a table, got \"step\""},
      {"repeat", {{"schedule", one("constant", {})}, {"period", 0}}, "repeat.period: must be > 0, got 0"},
      {"repeat", {{"schedule", one("constant", {})}, {"period", 5}, {"T_mult", 0.5}}, "repeat.T_mult: must be >= 1, got 0.5"},
      {"repeat", {{"schedule", one("constant", {})}, {"period", 5}, {"peak_decay", 2}}, "repeat.peak_decay: must be > 0 and <= 1, got 2"},
      {"repeat", {{"schedule", one("step", {})}, {"period", 5}}, "repeat.schedule.step_size: is required"},
      {"repeat",
       {{"schedule", one("power", {{"initial_t", 0}})}, {"period", 5}},
       "repeat.schedule: initial_t must be > 0 unless power_t is 0, got 0"},
      {"repeat",
       {{"schedule", one("plateau", {})}, {"period", 5}},
       "repeat.schedule.type: a plateau follows the loss, so it cannot be part of another schedule"},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("plateau", {})}}, {"milestones", reals({5})}},
       "sequence.schedules[1].type: a plateau follows the loss, so it cannot be part of another schedule"},
      {"one_cycle",
       {{"max_lr", 1}, {"total_steps", 9}, {"base_momentum", 0.96}},
       "one_cycle: base_momentum must be <= max_momentum, got 0.96 and 0.95"},
      {"sequence",
       {{"schedules", Array{part("constant", {})}}, {"milestones", reals({5})}},
       "sequence: schedules must be one more than milestones, got 1 and 1"},
      {"sequence", {{"schedules", Array{}}, {"milestones", Array{}}}, "sequence: schedules must be one more than milestones, got 0 and 0"},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("constant", {})}}, {"milestones", reals({0})}},
       "sequence.milestones: every value must be > 0, got 0"},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("constant", {}), part("constant", {})}}, {"milestones", reals({5, 4})}},
       "sequence: milestones must increase, got 4 after 5"},
      {"sequence",
       {{"schedules", Array{part("constant", {}), part("exponential", {})}}, {"milestones", reals({5})}},
       "sequence.schedules[1]: needs gamma, or decay_rate with decay_steps"},
      {"product", {{"schedules", Array{}}}, "product: schedules must not be empty"},
      {"product",
       {{"schedules", Array{part("constant", {}), part("constant", {{"lr", 0.1}})}}},
       "product.schedules[1].lr: the parts of a product may not name lr"},
      {"product",
       {{"schedules", Array{part("repeat", {{"schedule", one("constant", {{"lr", 0.1}})}, {"period", 2}})}}},
       "product.schedules[0].schedule.lr: the parts of a product may not name lr"},
      {"product",
       {{"schedules", Array{part("sequence", {{"schedules", Array{part("constant", {{"lr", 0.1}}), part("constant", {})}},
                                              {"milestones", reals({5})}})}}},
       "product.schedules[0].schedules[0].lr: the parts of a product may not name lr"},
      {"product",
       {{"schedules", Array{part("sequence", {{"schedules", Array{part("constant", {}), part("constant", {{"lr", 0.1}})}},
                                              {"milestones", reals({5})}})}}},
       "product.schedules[0].schedules[1].lr: the parts of a product may not name lr"},
      {"sequence",
       {{"schedules",
         Array{part("repeat", {{"schedule", one("product", {{"schedules", Array{part("cosine", {{"T_max", 5}, {"eta_min", -1}})}}})},
                               {"period", 2}})}},
        {"milestones", Array{}}},
       "sequence.schedules[0].schedule.schedules[0].eta_min: must be >= 0, got -1"},
  };
  for (const auto& [type, given, message] : refusals) {
    try {
      (void)make_schedule(type, given);
      ADD_FAILURE() << "taken: " << type << " " << Value(test::table(given)).text();
    } catch (const std::invalid_argument& refusal) {
      EXPECT_EQ(refusal.what(), std::string(message) + "\n");
    }
  }
}

// The last that is allowed.
TEST(Schedules, TakeBoundsThatMeet) {
  const auto cyclic =
      make_schedule("cyclic", {{"base_lr", 0.5}, {"max_lr", 0.5}, {"step_size_up", 4}, {"base_momentum", 0.7}, {"max_momentum", 0.7}});
  EXPECT_EQ(cyclic->rate_at(2), 0.5);
  EXPECT_EQ(cyclic->momentum_at(2), 0.7);
  EXPECT_NO_THROW((void)make_schedule("piecewise", {{"boundaries", reals({0, 0.5, 3})}, {"values", reals({1, 2, 3, 4})}}));
  EXPECT_NO_THROW((void)make_schedule("power", {{"initial_t", 0.5}, {"power_t", 0.5}}));
  EXPECT_NO_THROW((void)make_schedule("power", {{"initial_t", 0}, {"power_t", 0}}));
}

TEST(Schedules, WantATypeOfEachPart) {
  for (const auto& without : {test::table({{"step_size", 5}}), test::table({{"type", 5}, {"step_size", 5}})}) {
    try {
      (void)make_schedule("repeat", {{"schedule", without}, {"period", 5}});
      ADD_FAILURE() << "taken";
    } catch (const std::invalid_argument& refusal) {
      EXPECT_THAT(refusal.what(), ::testing::StartsWith("repeat.schedule.type: must be one of constant, exponential, "));
    }
  }
}

TEST(Schedules, SuggestTheTypeThatWasMeant) {
  try {
    (void)make_schedule("cosine_restart", {});
    ADD_FAILURE() << "taken";
  } catch (const std::invalid_argument& refusal) {
    EXPECT_THAT(refusal.what(), ::testing::HasSubstr("got \"cosine_restart\"; did you mean \"cosine_restarts\"?"));
  }
}

}  // namespace
}  // namespace rekindle
