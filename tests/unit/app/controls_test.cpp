// learner.guard, learner.plateau_bump, schedule.cooldown, base_batch_size and scale_lr in a configuration.
#include <gmock/gmock.h>

#include "app/configuration.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

const std::string right = "[source]\ntopics = [\"t\"]\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n";

Configuration configuration(const std::string& more) {
  Diagnostics diagnostics;
  auto out = check_configuration(read_toml_text(right + more, "r.toml", diagnostics), "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

std::string mistakes(const std::string& more) {
  Diagnostics diagnostics;
  const auto table = read_toml_text(right + more, "r.toml", diagnostics);
  if (!diagnostics.failed()) (void)check_configuration(table, "r.toml", diagnostics);
  return test::texts(diagnostics);
}

TEST(ControlsConfiguration, HasItsDefaults) {
  const auto c = configuration("").learner.member;
  EXPECT_EQ(c.controls.guard.loss_factor, 10);
  EXPECT_EQ(c.controls.guard.lr_factor, 0.5);
  EXPECT_TRUE(c.controls.guard.rollback);
  EXPECT_EQ(c.controls.plateau_bump.patience, 0U);
  EXPECT_EQ(c.controls.plateau_bump.factor, 2);
  EXPECT_EQ(c.controls.plateau_bump.max_lr, 1);
  EXPECT_EQ(c.controls.plateau_bump.decay_stretch, 2);
  EXPECT_EQ(c.controls.cooldown.steps, 0U);
  EXPECT_EQ(c.schedule.scale, 1);
}

TEST(ControlsConfiguration, TakesEveryKey) {
  const auto c = configuration(
                     "[learner]\n[learner.guard]\nloss_factor = 4\nlr_factor = 0.1\nrollback = false\n[learner.plateau_bump]\n"
                     "patience = 500\nfactor = 3\nmax_lr = 0.5\ndecay_stretch = 4\n"
                     "[optimizer]\ntype = \"adam\"\n[schedule]\ntype = \"constant\"\ncooldown = { steps = 20, momentum = 0.3 }\n")
                     .learner.member;
  EXPECT_EQ(c.controls.guard.loss_factor, 4);
  EXPECT_EQ(c.controls.guard.lr_factor, 0.1);
  EXPECT_FALSE(c.controls.guard.rollback);
  EXPECT_EQ(c.controls.plateau_bump.patience, 500U);
  EXPECT_EQ(c.controls.plateau_bump.factor, 3);
  EXPECT_EQ(c.controls.plateau_bump.max_lr, 0.5);
  EXPECT_EQ(c.controls.plateau_bump.decay_stretch, 4);
  EXPECT_EQ(c.controls.cooldown.steps, 20U);
  EXPECT_EQ(c.controls.cooldown.momentum, 0.3);
}

TEST(ControlsConfiguration, BumpsNoFurtherThanTenTimesTheSchedulesPeakUnlessToldTo) {
  const auto limit = [](const std::string& keys, const std::string& schedule) {
    return configuration("[learner.plateau_bump]\npatience = 500\n" + keys + "[schedule]\n" + schedule)
        .learner.member.controls.plateau_bump.max_lr;
  };
  EXPECT_NEAR(limit("", "type = \"constant\"\nlr = 0.003"), 0.03, 1e-12);
  EXPECT_NEAR(limit("", "type = \"cyclic\"\nbase_lr = 0.001\nmax_lr = 0.02\ncycle_momentum = false"), 0.2, 0.002);
  EXPECT_EQ(limit("", "type = \"constant\"\nlr = 0.5"), 1);
  EXPECT_EQ(limit("max_lr = 1.0\n", "type = \"constant\"\nlr = 0.003"), 1);
}

TEST(ControlsConfiguration, ReducesTheMomentumAndNeverRaisesIt) {
  const auto momentum = [](const std::string& optimizer) {
    return configuration("[optimizer]\n" + optimizer + "\n[schedule]\ntype = \"constant\"\ncooldown = { steps = 20 }\n")
        .learner.member.controls.cooldown.momentum;
  };
  EXPECT_EQ(momentum("type = \"momentum\""), 0.5);
  EXPECT_EQ(momentum("type = \"momentum\"\nmomentum = 0.2"), 0.2);
  EXPECT_EQ(momentum("type = \"adam\"\nbetas = [0.1, 0.99]"), 0.1);
}

TEST(ControlsConfiguration, ScalesTheRateByTheBatch) {
  const auto scale = [](const std::string& keys) { return configuration("[learner]\n" + keys).learner.member.schedule.scale; };
  EXPECT_EQ(scale("batch_size = 64\nbase_batch_size = 4\n"), 1);
  EXPECT_EQ(scale("batch_size = 64\nbase_batch_size = 4\nscale_lr = \"linear\"\n"), 16);
  EXPECT_EQ(scale("batch_size = 64\nbase_batch_size = 4\nscale_lr = \"sqrt\"\n"), 4);
  EXPECT_EQ(scale("batch_size = 2\nbase_batch_size = 8\nscale_lr = \"sqrt\"\n"), 0.5);
}

TEST(ControlsConfiguration, NamesAMistakeWithPlaceAndKey) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[learner.guard]\nloss_factor = 1\n", "7:15: learner.guard.loss_factor: must be > 1, got 1"},
      {"[learner.guard]\nlr_factor = 0\n", "7:13: learner.guard.lr_factor: must be > 0 and <= 1, got 0"},
      {"[learner.guard]\nrolback = true\n", "7:1: learner.guard.rolback: unknown key; did you mean \"rollback\"?"},
      {"[learner.plateau_bump]\npatience = -1\n", "7:12: learner.plateau_bump.patience: must be >= 0, got -1"},
      {"[learner.plateau_bump]\nfactor = 0.5\n", "7:10: learner.plateau_bump.factor: must be > 1, got 0.5"},
      {"[learner.plateau_bump]\ndecay_stretch = 0.5\n", "7:17: learner.plateau_bump.decay_stretch: must be >= 1, got 0.5"},
      {"[learner]\nguard = 3\n", "7:9: learner.guard: must be a table, got 3"},
      {"[learner]\nbase_batch_size = 0\n", "7:19: learner.base_batch_size: must be >= 1 and <= 1000000, got 0"},
      {"[learner]\nscale_lr = \"cubic\"\n", "7:12: learner.scale_lr: must be one of none, linear, sqrt, got \"cubic\""},
      {"[schedule]\ntype = \"constant\"\ncooldown = { steps = 5, momentum = 1 }\n",
       "8:36: schedule.cooldown.momentum: must be >= 0 and < 1, got 1"},
      {"[schedule]\ntype = \"plateau\"\nmode = \"max\"\n", "8:8: schedule.mode: the learner follows its loss, which is to fall: \"min\""},
      {"[schedule]\ntype = \"plateau\"\nunit = \"samples\"\n",
       "8:8: schedule.unit: a plateau is looked for once an epoch: \"epochs\", with its epoch_samples"},
      {"[schedule]\ntype = \"repeat\"\nperiod = 10\nschedule = { type = \"plateau\" }\n",
       "9:21: schedule.schedule.type: a plateau follows the loss, so it cannot be part of another schedule"},
      {"[schedule]\ntype = \"constant\"\ncooldown = { step = 5 }\n", "8:14: schedule.cooldown.step: unknown key; did you mean \"steps\"?"},
  };
  for (const auto& [text, line] : cases) EXPECT_EQ(mistakes(text), "r.toml:" + line + "\n") << text;
}

}  // namespace
}  // namespace rekindle
