// From which number of samples on, and from which difference on, the diagnostics say something: with losses that are given, not learned.
#include "learner/health_monitor.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double infinite = std::numeric_limits<double>::infinity();

Recipe recipe_of(Task task = Task::regression) {
  Recipe recipe;
  recipe.task = task;
  recipe.scale = ScaleKind::none;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.shadow = false;
  return recipe;
}

// A monitor beside a champion of two features.
class Watched {
 public:
  explicit Watched(const Recipe& recipe = recipe_of())
      : spec_(test::spec_of(recipe)),
        champion_(make_member(spec_.member, recipe.task, spec_.inputs(2), 0, recipe.batch_size)),
        monitor_(spec_, 2, 0) {
    for (auto& value : x_.resize<float>(2)) value = 0;
  }

  // A sample of no weight, from which the shadow learns nothing: it predicts 0 for ever.
  void observe(double loss, int count = 1, bool held_out = false, double target = 0, bool diverged = false) {
    for (int i = 0; i < count; ++i) monitor_.observe({x_, prediction_, target, 0, loss, held_out, diverged}, 0, {});
  }
  // The champion learns one sample, and so what knowing nothing costs.
  void teach(double target, double weight = 0) {
    Prediction prediction;
    champion_->begin({});
    champion_->predict(x_, prediction);
    (void)champion_->learn(x_, target, weight, {});
  }
  [[nodiscard]] LearnerStatus report() const {
    LearnerStatus out;
    monitor_.report(*champion_, {}, std::nullopt, out);
    return out;
  }
  [[nodiscard]] HealthStatus health() const { return report().health; }
  [[nodiscard]] Member& champion() { return *champion_; }
  [[nodiscard]] HealthMonitor& monitor() { return monitor_; }
  [[nodiscard]] Features& x() { return x_; }

 private:
  LearnerSpec spec_;
  std::unique_ptr<Member> champion_;
  HealthMonitor monitor_;
  Features x_;
  Prediction prediction_;
};

TEST(HealthMonitor, SaysNothingOfLossesItHasNotSeen) {
  Watched watched;
  const auto none = watched.report();
  for (const auto& one : {none.loss_fast, none.loss_slow, none.validation_loss_fast, none.validation_loss_slow, none.baseline_loss}) {
    EXPECT_EQ(one, std::nullopt);
  }
  EXPECT_EQ(none.health.verdict, "");
  watched.observe(3);
  watched.observe(5, 1, /*held_out=*/true);
  const auto one = watched.report();
  EXPECT_EQ(one.loss_fast, 3);
  EXPECT_EQ(one.loss_slow, 3);
  EXPECT_EQ(one.validation_loss_fast, 5);
  EXPECT_EQ(one.validation_loss_slow, 5);
  EXPECT_EQ(one.baseline_loss, std::nullopt) << "there is no shadow";
}

Recipe shadowed() {
  auto recipe = recipe_of();
  recipe.shadow = true;
  return recipe;
}

// The shadow's loss of `target` as long as it predicts 0.
double baseline_of(double target) {
  Watched watched(shadowed());
  watched.observe(1, 1, false, target);
  return watched.report().baseline_loss.value();
}

// Harm is a difference of more than 5 % and of more than four standard errors.
TEST(HealthMonitor, CallsADifferenceHarmWhenItIsAboveFourStandardErrors) {
  constexpr int n = 500;
  const double baseline = baseline_of(2);
  ASSERT_GT(baseline, 0);
  // Differences of one on the average, half of them higher by `deviation` and half lower: their standard error is deviation / sqrt(n).
  const auto verdict = [&](double deviation) {
    Watched watched(shadowed());
    for (int i = 0; i < n; ++i) watched.observe(baseline + 1 + (i % 2 == 0 ? deviation : -deviation), 1, false, 2);
    return watched.health().verdict;
  };
  ASSERT_LT(0.05 * baseline, 1);
  const double limit = std::sqrt(n) / 4;
  EXPECT_EQ(verdict(0.99 * limit), "harming");
  EXPECT_NE(verdict(1.01 * limit), "harming");
}

TEST(HealthMonitor, KnowsThatADifferenceWithoutSpreadIsSure) {
  const double baseline = baseline_of(2);
  for (const auto& [share, verdict] : {std::pair(0.06, "harming"), {0.04, "neutral"}, {-0.01, "neutral"}, {-0.03, "helping"}}) {
    Watched watched(shadowed());
    watched.observe((1 + share) * baseline, 500, false, 2);
    EXPECT_EQ(watched.health().verdict, verdict) << share;
    EXPECT_DOUBLE_EQ(*watched.report().baseline_loss, baseline);
  }
}

TEST(HealthMonitor, ComparesWithTheShadowFromAHundredSamplesOn) {
  Watched watched(shadowed());
  watched.teach(10);
  watched.observe(infinite, 500, false, 2);
  EXPECT_EQ(watched.report().baseline_loss, std::nullopt) << "a loss that is not finite is compared with nothing";
  const double baseline = baseline_of(2);
  watched.observe(2 * baseline, 99, false, 2);
  EXPECT_THAT(watched.health().cause, HasSubstr("nothing to compare with"));
  watched.observe(2 * baseline, 1, false, 2);
  EXPECT_THAT(watched.health().cause, HasSubstr("the loss is 100 % above that of a constant rate"));
}

TEST(HealthMonitor, RemembersADivergenceOfTheFirstSampleAndNoneThatWasNot) {
  Watched never;
  never.teach(2);
  never.observe(1, 600);
  EXPECT_EQ(never.health().verdict, "neutral");
  Watched at_once;
  at_once.teach(2);
  at_once.observe(1, 1, false, 0, /*diverged=*/true);
  EXPECT_EQ(at_once.health().verdict, "diverging");
  at_once.observe(1, 4999);
  EXPECT_EQ(at_once.health().verdict, "diverging");
  at_once.observe(1, 1);
  EXPECT_NE(at_once.health().verdict, "diverging");
}

TEST(HealthMonitor, KnowsASpikeFromFiveHundredLossesOn) {
  Watched watched;
  double fast = 0;
  double slow = 0;
  int seen = 0;
  const auto observe = [&](double loss, int count) {
    for (int i = 0; i < count; ++i) {
      ++seen;
      fast += (loss - fast) * std::max(1.0 / 50, 1.0 / seen);
      slow += (loss - slow) / seen;
    }
    watched.observe(loss, count);
  };
  observe(1, 449);
  observe(10, 50);
  EXPECT_THAT(watched.health().signs, IsEmpty());
  observe(10, 1);
  EXPECT_THAT(watched.health().signs,
              ElementsAre(fmt::format("spike: the loss of the last 50 samples or so, {:.3g}, is {:.1f} times the mean over 2,000", fast,
                                      fast / slow)));
}

TEST(HealthMonitor, KnowsOverfittingFromAHundredLossesOfEachKindOn) {
  // Held-out losses of 5, learned ones of 2; enough others that say nothing.
  const auto cause = [](int learned, int held_out) {
    Watched watched;
    watched.teach(10);
    watched.observe(infinite, 500);
    watched.observe(2, learned);
    watched.observe(5, held_out, /*held_out=*/true);
    return watched.health().cause;
  };
  EXPECT_EQ(cause(100, 100), "the loss on held-out samples is 150 % above that on learned ones");
  EXPECT_THAT(cause(99, 100), Not(HasSubstr("held-out")));
  EXPECT_THAT(cause(100, 99), Not(HasSubstr("held-out")));
}

// Without a spread any difference is sure, however small the losses are.
TEST(HealthMonitor, KnowsOverfittingOfSmallLossesToo) {
  Watched watched;
  watched.teach(10);
  watched.observe(infinite, 500);
  watched.observe(2e-3, 100);
  watched.observe(5e-3, 100, /*held_out=*/true);
  EXPECT_EQ(watched.health().cause, "the loss on held-out samples is 150 % above that on learned ones");
}

// A champion whose weights are 0.25 and 0.5, with a loss that has stood still for long, far below that of knowing nothing.
struct Pulled {
  Recipe recipe;
  Watched watched;
  LayerStatus layer;
  HealthStatus health;
  Pulled(double weight_decay, double target, std::uint64_t batch_size = 1) : recipe(decaying(weight_decay, batch_size)), watched(recipe) {
    const std::vector<double> weights = {0.25, 0.5, 0};
    std::span<const double> rest(weights);
    watched.champion().take_weights(rest);
    for (auto& value : watched.x().resize<float>(2)) value = 1;
    watched.teach(target, 1);
    watched.observe(1e-3, 2100);
    layer = watched.report().layers.at(0);
    health = watched.health();
  }
  static Recipe decaying(double weight_decay, std::uint64_t batch_size) {
    auto out = recipe_of();
    out.optimizer = "adamw";  // Whose decay is no part of the gradient.
    out.optimizer_parameters = {{"weight_decay", weight_decay}};
    out.lr = 1e-9;
    out.batch_size = batch_size;
    return out;
  }
};

TEST(HealthMonitor, ComparesWeightDecayWithTheGradient) {
  const Pulled slow(0.5, 0.65);
  const double norm = slow.layer.gradient_norm.value();
  ASSERT_GT(norm, 0);
  ASSERT_LT(norm, 0.5);
  EXPECT_EQ(slow.health.verdict, "stalled") << slow.health.cause;
  const double share = 0.5 * std::sqrt(0.25 * 0.25 + 0.5 * 0.5) / norm;
  EXPECT_THAT(slow.health.cause, HasSubstr(fmt::format("weight decay pulls {:.1f} times as hard as the gradient", share)));
  EXPECT_THAT(Pulled(0, 0.65).health.cause, Not(HasSubstr("underfitting")));
}

TEST(HealthMonitor, ComparesWeightDecayWithNoGradientThatIsNotThere) {
  const Pulled right(0.5, 0.75);
  EXPECT_EQ(right.layer.gradient_norm, 0) << "it predicts just that";
  EXPECT_THAT(right.health.cause, Not(HasSubstr("underfitting")));
  const Pulled waiting(0.5, 0.65, /*batch_size=*/2);
  EXPECT_EQ(waiting.layer.gradient_norm, std::nullopt) << "half a batch";
  EXPECT_THAT(waiting.health.cause, Not(HasSubstr("underfitting")));
}

TEST(HealthMonitor, BeginsAShadowThatWasNotThereWhereASingleChampionIs) {
  ByteWriter none;
  none.put(false);
  for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
    auto recipe = shadowed();
    recipe.mode = mode;
    Watched watched(recipe);
    const std::vector<double> weights = {0, 0, 2};
    std::span<const double> rest(weights);
    watched.champion().take_weights(rest);
    ByteReader in(none.bytes());
    watched.monitor().load_shadow(in, true, watched.champion());
    EXPECT_TRUE(in.ok() && in.at_end());
    watched.observe(1, 1, false, 2);
    const auto baseline = watched.report().baseline_loss.value();
    if (mode == LearnerMode::single) {
      EXPECT_EQ(baseline, 0) << "it says 2, as the champion does";
    } else {
      EXPECT_EQ(baseline, baseline_of(2)) << "a portfolio has other weights: it says 0";
    }
  }
}

TEST(HealthMonitor, BringsItsShadowBack) {
  Watched watched(shadowed());
  const std::vector<double> weights = {0, 0, 2};
  std::span<const double> rest(weights);
  watched.champion().take_weights(rest);
  ByteWriter none;
  none.put(false);
  ByteReader in(none.bytes());
  watched.monitor().load_shadow(in, true, watched.champion());
  ByteWriter out;
  watched.monitor().save_shadow(out);
  Watched other(shadowed());
  ByteReader saved(out.bytes());
  other.monitor().load_shadow(saved, true, other.champion());
  EXPECT_TRUE(saved.ok() && saved.at_end());
  other.observe(1, 1, false, 2);
  EXPECT_EQ(other.report().baseline_loss, 0);
  // Without one of its own it passes over what was saved.
  Watched without;
  ByteReader again(out.bytes());
  without.monitor().load_shadow(again, true, without.champion());
  EXPECT_TRUE(again.ok() && again.at_end());
}

// Of a portfolio the specification names no optimizer.
TEST(HealthMonitor, WithoutAnOptimizerKnowsOfNoWeightDecay) {
  auto spec = test::spec_of(recipe_of());
  spec.member.optimizer.parameters = {};
  Watched watched;
  watched.teach(2);
  HealthMonitor monitor(spec, 2, 0);
  const Prediction prediction;
  const double ignorant = baseline_of(2);
  for (int i = 0; i < 2100; ++i) monitor.observe({watched.x(), prediction, 0, 1, ignorant}, 0, {});
  LearnerStatus status;
  monitor.report(watched.champion(), {}, std::nullopt, status);
  EXPECT_EQ(status.health.verdict, "stalled");
  EXPECT_THAT(status.health.cause, Not(HasSubstr("underfitting")));
}

}  // namespace
}  // namespace rekindle
