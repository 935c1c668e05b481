#include "learner/scores.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
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

TEST(Scores, TakeTheLogLossFromALossThatIsIt) {
  Scores told(Task::binary, /*loss_is_log_loss=*/true);
  told.observe({1, {0.2, 0.8}}, 1, 0.25);
  EXPECT_EQ(metrics(told).at("log_loss"), 0.25);
  // One beyond the floor of the probabilities is bounded, one of a class that had none is of no use.
  told.observe({1, {0, 1}}, 0, 700);
  EXPECT_NEAR(*metrics(told).at("log_loss"), (0.25 - std::log(1e-15)) / 2, 1e-12);
  Scores surprised(Task::multiclass, /*loss_is_log_loss=*/true);
  surprised.observe({0, {1}}, 1, 0.3);
  EXPECT_NEAR(*metrics(surprised).at("log_loss"), -std::log(1e-15), 1e-12);
  Scores broken(Task::binary, /*loss_is_log_loss=*/true);
  broken.observe({1, {0.5, 0.5}}, 1, std::numeric_limits<double>::quiet_NaN());
  EXPECT_NEAR(*metrics(broken).at("log_loss"), std::log(2), 1e-12);
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

// The definitions once more, over all that was seen.
struct Seen {
  std::size_t guess;
  std::size_t truth;
  double p;  // Of the truth.
};

double share_of(const std::vector<Seen>& all, const std::function<bool(const Seen&)>& what) {
  return static_cast<double>(std::ranges::count_if(all, what)) / static_cast<double>(all.size());
}

TEST(Scores, AgreeWithTheDefinitionsAtEverySampleOfAStreamThatBringsNewClasses) {
  Random random(11);
  Scores scores(Task::multiclass);
  std::vector<Seen> all;
  std::vector<double> shares;  // Of the classes, faded over 1000.
  std::vector<double> counts(5);
  double no_change = 0;
  double majority = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    // Two classes are known at first, then five; the newest is not among the probabilities when it first comes.
    const std::size_t known = i < 100 ? 2 : 4;
    const std::size_t truth = i < 100 ? random.below(2) : random.below(i < 200 ? 4 : 5);
    const std::size_t guess = random.uniform() < 0.5 ? std::min(truth, known - 1) : random.below(known);
    std::vector<double> p(known);
    for (auto& one : p) one = random.uniform();
    scores.observe({static_cast<double>(guess), p}, static_cast<double>(truth), 0.1);
    if (!all.empty() && all.back().truth == truth) ++no_change;
    if (static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin()) == truth) ++majority;
    ++counts[truth];
    all.push_back({guess, truth, truth < known ? p[truth] : 0});
    if (shares.empty()) shares.assign(known, 1 / static_cast<double>(known));
    shares.resize(std::max({shares.size(), known, truth + 1}));
    for (std::size_t k = 0; k < shares.size(); ++k) shares[k] += 0.001 * ((k == truth ? 1 : 0) - shares[k]);
    const double agreed = share_of(all, [](const Seen& one) { return one.guess == one.truth; });
    double expected = 0;
    for (std::size_t k = 0; k < 5; ++k)
      expected +=
          share_of(all, [=](const Seen& one) { return one.guess == k; }) * share_of(all, [=](const Seen& one) { return one.truth == k; });
    double log_loss = 0;
    for (const auto& one : all) log_loss -= std::log(std::max(1e-15, one.p));
    const auto n = static_cast<double>(all.size());
    const auto m = metrics(scores);
    ASSERT_NEAR(*m.at("accuracy"), agreed, 1e-12) << i;
    ASSERT_NEAR(*m.at("kappa"), expected < 1 ? (agreed - expected) / (1 - expected) : 0, 1e-9) << i;
    ASSERT_NEAR(*m.at("log_loss"), log_loss / n, 1e-9) << i;
    ASSERT_NEAR(*m.at("no_change"), no_change / n, 1e-12) << i;
    ASSERT_NEAR(*m.at("majority"), majority / n, 1e-12) << i;
    ASSERT_NEAR(scores.chance_error(), 1 - *std::ranges::max_element(shares), 1e-12) << i;
  }
}

TEST(Scores, KnowNoErrorOfABlindGuessBeforeTheFirstLabelAndNoneWithOneClass) {
  for (const auto task : {Task::regression, Task::binary, Task::multiclass}) EXPECT_EQ(Scores(task).chance_error(), 0);
  Scores scores(Task::multiclass);
  for (int i = 0; i < 10; ++i) scores.observe({0, {1}}, 0, 0);
  EXPECT_NEAR(scores.chance_error(), 0, 1e-15);
}

TEST(Scores, KnowTheSpreadOfTheNumbersAsTheErrorOfABlindGuess) {
  Scores scores(Task::regression);
  for (const double target : {2.0, 2.0, 3.0, 7.0}) scores.observe({0, {}}, target, 0);
  EXPECT_NEAR(scores.chance_error(), (2.25 + 2.25 + 0.25 + 12.25) / 4, 1e-12);
}

TEST(Scores, OfOneSampleAreThereAsFarAsTheyAreDefined) {
  Scores numbers(Task::regression);
  numbers.observe({1, {}}, 3, 4);
  auto m = metrics(numbers);
  EXPECT_EQ(m.at("loss"), 4);
  EXPECT_EQ(m.at("rmse"), 2);
  EXPECT_EQ(m.at("mae"), 2);
  EXPECT_EQ(m.at("r2"), std::nullopt) << "one value has no spread";
  numbers.observe({1, {}}, 3.5, 6.25);
  EXPECT_NEAR(*metrics(numbers).at("r2"), 1 - (4 + 6.25) / 0.125, 1e-9) << "however small it is";
  Scores classes(Task::binary);
  classes.observe({0, {0.8, 0.2}}, 0, 0.3);
  m = metrics(classes);
  EXPECT_EQ(m.at("loss"), 0.3);
  EXPECT_EQ(m.at("accuracy"), 1);
  EXPECT_EQ(m.at("kappa"), 0) << "guess and truth agree as they would by chance";
  EXPECT_EQ(m.at("no_change"), 0) << "there was no label before";
  EXPECT_EQ(m.at("majority"), 1) << "the first goes to class 0";
  EXPECT_EQ(m.at("normalized_log_loss"), std::nullopt);
}

TEST(Scores, TakeTheGuessOfABinaryModelWithoutProbabilitiesForOne) {
  Scores scores(Task::binary);
  for (const auto& [guess, truth] : std::vector<std::pair<double, double>>{{0, 0}, {1, 1}, {1, 0}, {1, 1}})
    scores.observe({guess, {}}, truth, 0);
  const auto m = metrics(scores);
  EXPECT_EQ(m.at("brier"), 0.25);
  EXPECT_EQ(m.at("auc"), 0.75);
  EXPECT_NEAR(*m.at("f1"), 0.8, 1e-15);
}

// Nothing else would count in the sums ever again.
TEST(Scores, LeaveOutWhatIsOfTheOrderOfTheLargestNumbers) {
  const auto after = [](double guess, double truth, double loss) {
    Scores scores(Task::regression);
    scores.observe({guess, {}}, truth, loss);
    return metrics(scores);
  };
  EXPECT_EQ(after(0, 0, 9.9e279).at("loss"), 9.9e279);
  EXPECT_EQ(after(0, 0, 1e280).at("loss"), 0);
  EXPECT_EQ(after(9.9e139, 0, 0).at("mae"), 9.9e139);
  EXPECT_EQ(after(1e140, 0, 0).at("mae"), 0) << "the residual";
  EXPECT_EQ(after(9.9e139, 9.9e139 + 1e130, 0).at("mae"), 9.9e139 + 1e130 - 9.9e139);
  EXPECT_EQ(after(1e140, 1e140 + 1e130, 0).at("mae"), 0) << "the target";
  EXPECT_EQ(after(1e140 - 1e130, 1e140, 0).at("mae"), 0);
}

TEST(Scores, RefuseAStateThatKnowsOfDifferentNumbersOfClasses) {
  const auto state = [](std::size_t actual, std::size_t predicted, std::size_t recent) {
    ByteWriter out;
    for (int i = 0; i < 5; ++i) out.put<std::uint64_t>(1);
    for (int i = 0; i < 6; ++i) out.put<double>(0);
    out.put_array(std::vector<std::uint64_t>(actual));
    out.put_array(std::vector<std::uint64_t>(predicted));
    out.put_array(std::vector<double>(recent));
    return std::vector<std::byte>(out.bytes().begin(), out.bytes().end());
  };
  Scores scores(Task::multiclass);
  EXPECT_TRUE(test::load_from(state(3, 3, 3), scores));
  EXPECT_FALSE(test::load_from(state(3, 2, 3), scores));
  EXPECT_FALSE(test::load_from(state(3, 3, 4), scores));
}

}  // namespace
}  // namespace rekindle
