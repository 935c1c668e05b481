#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "model/loss.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

Prediction predicted(const std::string& loss, const std::vector<double>& scores, std::size_t probabilities) {
  Prediction out;
  out.probabilities.resize(probabilities);
  test::make_loss(loss)->predict(scores, out);
  return out;
}

TEST(Losses, TurnScoresIntoProbabilitiesThatSumToOne) {
  for (const double score : {-1e300, -745.0, -1.0, 0.0, 1.0, 745.0, 1e300}) {
    const auto binary = predicted("logistic", {score}, 2);
    EXPECT_NEAR(binary.probabilities[0] + binary.probabilities[1], 1, 1e-15) << score;
    EXPECT_EQ(binary.value, score > 0 ? 1 : 0) << score;
    const auto many = predicted("softmax", {score, 0, 1}, 3);
    EXPECT_NEAR(std::accumulate(many.probabilities.begin(), many.probabilities.end(), 0.0), 1, 1e-15) << score;
  }
}

TEST(Losses, AreFiniteAtExtremeScores) {
  for (const double score : {-1e300, -1e10, 1e10, 1e300}) {
    std::vector<double> gradient(1);
    for (const double target : {0.0, 1.0})
      EXPECT_TRUE(std::isfinite(test::make_loss("logistic")->evaluate(std::vector{score}, target, gradient)));
    EXPECT_TRUE(std::isfinite(gradient[0]));
    std::vector<double> gradients(3);
    EXPECT_TRUE(std::isfinite(test::make_loss("softmax")->evaluate(std::vector{score, 0.0, -score}, 1, gradients)));
    for (const double g : gradients) EXPECT_TRUE(std::isfinite(g));
  }
}

TEST(Losses, ChooseTheLikeliestClass) {
  EXPECT_EQ(predicted("softmax", {0.1, 3, -1}, 3).value, 1);
  EXPECT_EQ(predicted("softmax", {2, 2, 2}, 3).value, 0);
  EXPECT_EQ(predicted("squared", {2.5}, 0).value, 2.5);
}

struct Said {
  double loss;
  double gradient;
};

// Of one score. The numbers that lie behind it and behind its gradient are another's: not read, not written.
Said said(const Loss& loss, double score, double target) {
  const std::array scores = {score, 1234.5};
  std::array gradient = {0.0, -7.0};
  const double value = loss.evaluate(std::span(scores).first(1), target, std::span(gradient).first(1));
  EXPECT_EQ(gradient[1], -7);
  return {value, gradient[0]};
}

// By the textbook: the loss of a raw score against a target, and what is predicted of that score.
struct Formula {
  const char* type;
  test::Entries given;
  std::function<double(double p, double y)> loss;
  std::function<double(double p)> prediction;
};

double probability(double p) { return 1 / (1 + std::exp(-p)); }
double same(double p) { return p; }
double chosen(double p) { return p > 0 ? 1 : 0; }

const std::vector<Formula> of_numbers = {
    {"squared", {}, [](double p, double y) { return (p - y) * (p - y); }, same},
    {"absolute", {}, [](double p, double y) { return std::abs(p - y); }, same},
    {"huber",
     {{"delta", 0.7}},
     [](double p, double y) {
       const double off = std::abs(p - y);
       return off < 0.7 ? off * off / 2 : 0.7 * (off - 0.35);
     },
     same},
    {"quantile", {{"q", 0.2}}, [](double p, double y) { return std::max(0.2 * (y - p), 0.8 * (p - y)); }, same},
    {"poisson", {}, [](double p, double y) { return std::exp(p) - y * p; }, [](double p) { return std::exp(p); }},
};

const std::vector<Formula> of_two_classes = {
    {"logistic",
     {{"label_smoothing", 0.3}},
     [](double p, double y) {
       const double wanted = y == 1 ? 0.85 : 0.15;
       return -wanted * std::log(probability(p)) - (1 - wanted) * std::log(probability(-p));
     },
     chosen},
    {"hinge", {}, [](double p, double y) { return std::max(0.0, y == 1 ? 1 - p : 1 + p); }, chosen},
    {"focal",
     {{"gamma", 1.5}},
     [](double p, double y) {
       const double q = probability(y == 1 ? p : -p);
       return -std::pow(1 - q, 1.5) * std::log(q);
     },
     chosen},
};

void expect_formula(const Formula& formula, double p, double y) {
  const auto loss = test::make_loss(formula.type, formula.given);
  const auto [value, gradient] = said(*loss, p, y);
  EXPECT_NEAR(value, formula.loss(p, y), 1e-13 * (1 + std::abs(value))) << formula.type << " of " << p << " against " << y;
  const double slope = (formula.loss(p + 1e-6, y) - formula.loss(p - 1e-6, y)) / 2e-6;
  EXPECT_NEAR(gradient, slope, 1e-7) << formula.type << " of " << p << " against " << y;
}

void expect_prediction(const Formula& formula, double p, std::size_t classes) {
  const std::array scores = {p, 1234.5};
  Prediction out;
  out.probabilities.resize(classes);
  test::make_loss(formula.type, formula.given)->predict(std::span(scores).first(1), out);
  EXPECT_EQ(out.value, formula.prediction(p)) << formula.type;
  if (classes > 0) {
    EXPECT_NEAR(out.probabilities[1], probability(p), 1e-15) << formula.type;
  }
}

TEST(Losses, OfNumbersFollowTheirFormulas) {
  for (const auto& formula : of_numbers) {
    Random random(1);
    for (int i = 0; i < 200; ++i) {
      const double p = 2 * random.normal();
      expect_formula(formula, p, 2 * random.normal());
      expect_prediction(formula, p, 0);
    }
  }
}

TEST(Losses, OfTwoClassesFollowTheirFormulas) {
  for (const auto& formula : of_two_classes) {
    Random random(2);
    for (int i = 0; i < 200; ++i) {
      const double p = 2 * random.normal();
      expect_formula(formula, p, 0);
      expect_formula(formula, p, 1);
      expect_prediction(formula, p, 2);
    }
  }
}

// Nothing to learn from a prediction that is right: no step, whatever side the rule counts the target to.
TEST(Losses, AreAtRestWhereThePredictionIsRight) {
  for (const auto* type : {"squared", "absolute", "huber", "quantile"}) {
    const auto [value, gradient] = said(*test::make_loss(type), 2.5, 2.5);
    EXPECT_EQ(value, 0) << type;
    EXPECT_EQ(gradient, 0) << type;
  }
  for (const double target : {0.0, 1.0}) {
    const auto [value, gradient] = said(*test::make_loss("hinge"), target == 1 ? 1 : -1, target);
    EXPECT_EQ(value, 0) << "on the margin";
    EXPECT_EQ(gradient, 0) << "on the margin";
  }
}

// Who predicts before it learns works nothing out twice, and gets the same numbers.
TEST(Losses, SayTheSameToOneWhoPredictsFirst) {
  for (const auto& row : losses()) {
    const auto loss = test::make_loss(row.name);
    const bool numbers = row.make.target == LossTarget::number;
    const std::array all = {-0.8, 1.7, 0.9};
    const auto scores = std::span(all).first(row.make.target == LossTarget::multiclass ? 3 : 1);
    Prediction plain;
    Prediction first;
    for (auto* out : {&plain, &first}) out->probabilities.resize(numbers ? 0 : std::max<std::size_t>(2, scores.size()));
    std::vector<double> gradient(scores.size());
    auto after = gradient;
    loss->predict(scores, plain);
    const double value = loss->evaluate(scores, 1, gradient);
    const double shared = loss->predict_first(scores, first);
    EXPECT_EQ(loss->evaluate_after(shared, scores, 1, after), value) << row.name;
    EXPECT_EQ(after, gradient) << row.name;
    EXPECT_EQ(first.value, plain.value) << row.name;
    EXPECT_EQ(first.probabilities, plain.probabilities) << row.name;
    EXPECT_EQ(first.log_odds, plain.log_odds) << row.name;
  }
}

TEST(Losses, KnowTheLogOddsOfTwoClasses) {
  for (const auto& row : losses()) {
    if (row.make.target == LossTarget::binary) {
      EXPECT_EQ(predicted(row.name, {-3.25}, 2).log_odds, -3.25) << row.name;
    }
  }
  EXPECT_EQ(predicted("softmax", {1, 2, 3}, 3).log_odds, std::nullopt);
  EXPECT_EQ(predicted("squared", {1}, 0).log_odds, std::nullopt);
}

// What a metric takes from the loss instead of working it out again.
TEST(Losses, SayOfThemselvesThatTheyAreTheLogLossWhereTheyAre) {
  Random random(3);
  std::vector<std::string> log_losses;
  for (const auto& row : losses()) {
    const auto loss = test::make_loss(row.name);
    if (!loss->is_log_loss()) continue;
    log_losses.emplace_back(row.name);
    std::vector<double> scores(row.make.target == LossTarget::multiclass ? 4 : 1);
    std::vector<double> gradient(scores.size());
    for (int i = 0; i < 200; ++i) {
      for (auto& score : scores) score = 20 * random.uniform() - 10;
      const auto probabilities = predicted(row.name, scores, std::max<std::size_t>(2, scores.size())).probabilities;
      for (std::size_t target = 0; target < probabilities.size(); ++target) {
        const double expected = -std::log(probabilities[target]);
        EXPECT_NEAR(loss->evaluate(scores, static_cast<double>(target), gradient), expected, 1e-12 * (1 + expected)) << row.name;
      }
    }
  }
  EXPECT_THAT(log_losses, testing::UnorderedElementsAre("logistic", "softmax"));
  for (const auto* smoothed : {"logistic", "softmax"}) EXPECT_FALSE(test::make_loss(smoothed, {{"label_smoothing", 0.1}})->is_log_loss());
}

// A count that no double can hold is the largest there is.
TEST(Losses, PredictAFiniteCountOfAnyScore) {
  EXPECT_EQ(predicted("poisson", {1e4}, 0).value, std::numeric_limits<double>::max());
  EXPECT_EQ(predicted("poisson", {-1e4}, 0).value, 0);
}

TEST(Losses, RefuseASmoothingOutsideItsBounds) {
  for (const auto* loss : {"logistic", "softmax"}) {
    EXPECT_THROW((void)test::make_loss(loss, {{"label_smoothing", 1}}), std::invalid_argument) << loss;
    EXPECT_THROW((void)test::make_loss(loss, {{"label_smoothing", -0.1}}), std::invalid_argument) << loss;
  }
  EXPECT_THROW((void)test::make_loss("squared", {{"label_smoothing", 0.1}}), std::invalid_argument);
}

}  // namespace
}  // namespace rekindle
