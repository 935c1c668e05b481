#include "learner/scores.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

std::map<std::string, std::optional<double>> metrics(const Scores& scores) {
  const auto all = scores.metrics();
  return {all.begin(), all.end()};
}

TEST(Scores, AreAbsentBeforeTheFirstSample) {
  for (const auto task : {Task::regression, Task::binary, Task::multiclass}) {
    for (const auto& [name, value] : Scores(task).metrics()) EXPECT_EQ(value, std::nullopt) << name;
  }
}

TEST(Scores, AgreeWithTheDefinitionsOfAClassification) {
  // Guess, truth: 3 of 5 right.
  const std::vector<std::pair<double, double>> pairs = {{1, 1}, {0, 1}, {1, 1}, {0, 0}, {1, 0}};
  Scores scores(Task::binary);
  for (const auto& [guess, truth] : pairs) scores.observe({guess, {guess == 1 ? 0.2 : 0.8, guess == 1 ? 0.8 : 0.2}}, truth, 0.5);
  const auto m = metrics(scores);
  EXPECT_NEAR(*m.at("loss"), 0.5, 1e-15);
  EXPECT_NEAR(*m.at("accuracy"), 0.6, 1e-15);
  // Truth: 3 ones, 2 zeros; guesses: 3 ones, 2 zeros: expected agreement 0.36 + 0.16.
  EXPECT_NEAR(*m.at("kappa"), (0.6 - 0.52) / (1 - 0.52), 1e-15);
  EXPECT_NEAR(*m.at("log_loss"), -(3 * std::log(0.8) + 2 * std::log(0.2)) / 5, 1e-15);
  EXPECT_NEAR(*m.at("no_change"), 3.0 / 5, 1e-15) << "the third, the second and the last repeat the label before";
  EXPECT_NEAR(*m.at("majority"), 2.0 / 5, 1e-15);
}

TEST(Scores, OfABinaryTaskHaveThoseOfRarePositivesToo) {
  Scores scores(Task::binary);
  for (const auto& [p, truth] : std::vector<std::pair<double, double>>{{0.9, 1}, {0.6, 0}, {0.4, 1}, {0.2, 0}}) {
    scores.observe({p > 0.5 ? 1.0 : 0.0, {1 - p, p}}, truth, 0);
  }
  const auto m = metrics(scores);
  EXPECT_NEAR(*m.at("auc"), 0.75, 1e-15);
  EXPECT_NEAR(*m.at("f1"), 0.5, 1e-15);
  EXPECT_NEAR(*m.at("brier"), (0.01 + 0.36 + 0.36 + 0.04) / 4, 1e-15);
  EXPECT_NEAR(*m.at("normalized_log_loss"), *m.at("log_loss") / std::log(2), 1e-15);
  EXPECT_FALSE(metrics(Scores(Task::multiclass)).contains("auc"));
}

TEST(Scores, AgreeWithTheDefinitionsOfARegression) {
  Scores scores(Task::regression);
  const std::vector<std::pair<double, double>> pairs = {{1, 2}, {2, 2}, {5, 3}, {4, 7}};
  double squares = 0;
  double spread = 0;
  for (const auto& [guess, truth] : pairs) {
    scores.observe({guess, {}}, truth, 1);
    squares += (guess - truth) * (guess - truth);
    spread += (truth - 3.5) * (truth - 3.5);
  }
  const auto m = metrics(scores);
  EXPECT_NEAR(*m.at("rmse"), std::sqrt(squares / 4), 1e-12);
  EXPECT_NEAR(*m.at("mae"), 1.5, 1e-12);
  EXPECT_NEAR(*m.at("r2"), 1 - squares / spread, 1e-12);
}

TEST(Scores, SurviveWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Scores classes(Task::binary);
  classes.observe({0, {nan, nan}}, 0, nan);
  classes.observe({0, {0.9, 0.1}}, 0, 0.1);
  for (const auto& [name, value] : classes.metrics()) EXPECT_TRUE(std::isfinite(value.value_or(0))) << name;
  Scores numbers(Task::regression);
  numbers.observe({1, {}}, 2, 1);
  numbers.observe({nan, {}}, 2, nan);
  numbers.observe({1e300, {}}, -1e300, 1);
  numbers.observe({1, {}}, 3, 4);
  for (const auto& [name, value] : numbers.metrics()) EXPECT_TRUE(std::isfinite(*value)) << name;
}

TEST(Scores, FloorTheProbabilityOfAnImpossibleClass) {
  Scores scores(Task::multiclass);
  scores.observe({0, {1}}, 1, 0);
  EXPECT_NEAR(*metrics(scores).at("log_loss"), -std::log(1e-15), 1e-12);
}

TEST(Scores, KnowTheErrorOfABlindGuess) {
  Scores scores(Task::binary);
  Random random(1);
  for (int i = 0; i < 20'000; ++i) scores.observe({0, {0.5, 0.5}}, random.uniform() < 0.2 ? 1 : 0, 0);
  EXPECT_NEAR(scores.chance_error(), 0.2, 0.05);
  for (int i = 0; i < 20'000; ++i) scores.observe({0, {0.5, 0.5}}, random.uniform() < 0.5 ? 1 : 0, 0);
  EXPECT_NEAR(scores.chance_error(), 0.5, 0.05);
}

TEST(Scores, ComeBackAsTheyWereSaved) {
  Scores scores(Task::multiclass);
  for (int i = 0; i < 50; ++i) scores.observe({double(i % 3), {0.2, 0.3, 0.5}}, i % 4, 0.1 * i);
  Scores loaded(Task::multiclass);
  ASSERT_TRUE(test::load_from(test::saved(scores), loaded));
  EXPECT_EQ(loaded.metrics(), scores.metrics());
  EXPECT_EQ(loaded.chance_error(), scores.chance_error());
}

}  // namespace
}  // namespace rekindle
