#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

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

TEST(Losses, RefuseASmoothingOutsideItsBounds) {
  for (const auto* loss : {"logistic", "softmax"}) {
    EXPECT_THROW((void)test::make_loss(loss, {{"label_smoothing", 1}}), std::invalid_argument) << loss;
    EXPECT_THROW((void)test::make_loss(loss, {{"label_smoothing", -0.1}}), std::invalid_argument) << loss;
  }
  EXPECT_THROW((void)test::make_loss("squared", {{"label_smoothing", 0.1}}), std::invalid_argument);
}

}  // namespace
}  // namespace rekindle
