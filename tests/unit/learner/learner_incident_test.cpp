// The incidents of a learner whose detectors say what a test wants.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "learner/learner.hpp"
#include "support/learners.hpp"
#include "unit/learner/learner_parts.hpp"

namespace rekindle {
namespace {

using test::alarm_at;
using test::beginning_of;
using test::learn;
using test::sample;
using test::scripted;
using test::watched_by;
using ::testing::ElementsAre;

Incident incident_with(DriftInput on, const DriftSignal& signal) {
  const auto row = alarm_at(0, signal);
  Learner learner(watched_by(row, on, Task::binary), test::feature_names(1));
  for (const double label : {0.0, 1.0}) (void)learn(learner, sample({1}, label));
  EXPECT_EQ(learner.incidents().total(), 1U);
  return learner.incidents().newest().at(0);
}

TEST(LearnerIncident, HasTheChanceOfItsEvidenceWhereThatAreShares) {
  const DriftSignal signal{.statistic = 0.3, .mean_before = 0.1, .mean_after = 0.4, .values_before = 100, .values_after = 50};
  // Together a share of 0.2: the difference is 0.3 / sqrt(0.2 * 0.8 * (1/100 + 1/50)) standard deviations.
  const double p = std::erfc(0.3 / std::sqrt(0.16 * 0.03) / std::sqrt(2.0));
  for (const auto on : {DriftInput::error, DriftInput::rank}) {
    const auto incident = incident_with(on, signal);
    EXPECT_EQ(incident.values_before, 100);
    EXPECT_EQ(incident.values_after, 50);
    ASSERT_TRUE(incident.p);
    EXPECT_NEAR(*incident.p, p, 1e-12);
  }
  const auto by_loss = incident_with(DriftInput::loss, signal);
  EXPECT_EQ(by_loss.values_before, 100);
  EXPECT_EQ(by_loss.p, std::nullopt) << "a loss is no share";
  EXPECT_EQ(by_loss.signal, "loss");
}

TEST(LearnerIncident, HasNoCountsOfADetectorThatSaysNone) {
  for (const auto& [before, after] : {std::pair(0.0, 50.0), std::pair(50.0, 0.0), std::pair(0.0, 0.0)}) {
    const auto incident = incident_with(DriftInput::error, {.values_before = before, .values_after = after});
    EXPECT_EQ(incident.values_before, std::nullopt);
    EXPECT_EQ(incident.values_after, std::nullopt);
    EXPECT_EQ(incident.p, std::nullopt);
  }
  const auto incident = incident_with(DriftInput::error, {.mean_before = 0, .mean_after = 1, .values_before = 1, .values_after = 1});
  EXPECT_EQ(incident.values_before, 1) << "one is a count";
  EXPECT_TRUE(incident.p);
}

TEST(LearnerIncident, KnowsTheLossBeforeItFromTheSecondSampleOn) {
  for (const std::uint64_t at : {0, 1}) {
    const auto row = alarm_at(at);
    Learner learner(watched_by(row, DriftInput::loss, Task::regression, 0), test::feature_names(1));
    for (const double label : {2.0, 4.0}) (void)learn(learner, sample({1}, label));
    const auto& incident = learner.incidents().newest().at(0);
    EXPECT_EQ(incident.sample, at);
    EXPECT_EQ(incident.loss_before, at == 0 ? std::nullopt : std::optional(10.0)) << "the mean of 4 and 16";
  }
}

// Binary: the probability of the second class; several: the class itself.
TEST(LearnerIncident, IsLookedForInThePredictions) {
  std::vector<double> seen;
  const auto row = scripted([&](double value) {
    seen.push_back(value);
    return DriftSignal();
  });
  Learner two(watched_by(row, DriftInput::prediction, Task::binary, 0), test::feature_names(1));
  auto one = sample({0}, 1);
  one.offset = std::log(3.0);
  (void)learn(two, one);
  EXPECT_THAT(seen, ElementsAre(::testing::DoubleNear(0.75, 1e-12)));
  auto spec = watched_by(row, DriftInput::prediction, Task::multiclass, 1);
  spec.schema.classes = {"a", "b", "c"};
  Learner three(spec, test::feature_names(1));
  for (int i = 0; i < 2; ++i) (void)learn(three, sample({1}, "c"));
  EXPECT_THAT(seen, ElementsAre(::testing::_, 0, 2)) << "it has learned the third class";
}

// Squared errors in tenths of ten times the usual one, so that the kinds are told by the same shares as with a classification.
TEST(LearnerIncident, FollowsTheErrorsOfARegressionRelativeToTheUsualOne) {
  const auto row = alarm_at(1000);
  Learner learner(watched_by(row, DriftInput::loss, Task::regression, 0), test::feature_names(1));
  SeverityEstimate severity;
  DriftKindEstimate kind;
  Random random(4);
  const auto compare = [&] {
    ByteWriter expected;
    severity.save(expected);
    kind.save(expected);
    const std::vector<std::byte> bytes(expected.bytes().begin(), expected.bytes().end());
    return beginning_of(learner, "drift", bytes.size()) == bytes;
  };
  for (int i = 0; i < 400; ++i) {
    double label = 0;                             // Nothing is usual, and nothing comes.
    if (i >= 30) label = i % 10 == 0 ? 1 : 0;     // More than ten times the usual at first.
    if (i >= 200) label = 0.1 * random.normal();  // Far below one.
    (void)learn(learner, sample({1}, label));
    const double squared = label * label;
    severity.observe(squared);
    const double usual = severity.usual().value();
    kind.observe(squared == 0 ? 0 : std::min(1.0, squared / (10 * usual)));
    ASSERT_TRUE(compare()) << i;
  }
}

// The error stands at nothing, then rises over a thousand samples.
std::string kind_of_a_slow_rise(DriftInput on, int more) {
  const auto row = alarm_at(2999);
  Learner learner(watched_by(row, on, Task::binary, 0), test::feature_names(1));
  double due = 0;
  for (int i = 0; i < 3000 + more; ++i) {
    due += std::clamp((i - 2000) / 1000.0, 0.0, 1.0);
    const bool wrong = due >= 1;
    due -= wrong ? 1 : 0;
    auto one = sample({1}, wrong ? 0 : 1);
    one.offset = 1;
    EXPECT_EQ(learn(learner, one).error, wrong ? 1 : 0);
  }
  EXPECT_EQ(learner.incidents().total(), 1U);
  return learner.incidents().newest().at(0).kind;
}

TEST(LearnerIncident, IsOfTheKindThatTheCourseOfTheErrorSays) {
  EXPECT_EQ(kind_of_a_slow_rise(DriftInput::error, 0), "gradual");
  EXPECT_EQ(kind_of_a_slow_rise(DriftInput::loss, 0), "gradual");
  EXPECT_EQ(kind_of_a_slow_rise(DriftInput::gradient_norm, 0), "abrupt") << "of what else is watched nothing is known";
  EXPECT_EQ(kind_of_a_slow_rise(DriftInput::gradient_norm, 500), "abrupt");
}

// By the detectors' own measure of the ranks, where chance is a half.
TEST(LearnerIncident, OfRanksIsAsLargeAsTheyHaveBecomeWorse) {
  const auto row = alarm_at(230);
  const auto quiet = scripted([](double) { return DriftSignal(); });
  const auto spec = watched_by(row, DriftInput::rank, Task::binary, 0);
  Learner learner(spec, test::feature_names(1));
  DriftMonitor monitor(watched_by(quiet, DriftInput::rank, Task::binary, 0).drift, Task::binary);
  Random random(8);
  double size = 0;
  for (std::uint64_t i = 0; i < 3000 && learner.incidents().total() == 0; ++i) {
    const bool positive = i % 10 == 0;
    auto one = sample({0}, positive ? 1 : 0);
    one.offset = random.normal() + (positive == (i < 2200) ? 1 : -1);
    const auto outcome = learn(learner, one);
    (void)monitor.observe({outcome.error, outcome.loss, 0, learner.prediction().probabilities[1], outcome.target, one.values}, i + 1);
    size = monitor.rank_severity().size(0.5);
  }
  ASSERT_EQ(learner.incidents().total(), 1U);
  const auto& incident = learner.incidents().newest()[0];
  EXPECT_GT(size, 0.2);
  EXPECT_EQ(incident.size, size);
  EXPECT_EQ(incident.severity, severity_names[static_cast<std::size_t>(severity_grade(size))]);
  EXPECT_EQ(incident.signal, "rank");
}

TEST(LearnerIncident, IsReportedWithTheHundredNewest) {
  const auto row = scripted([](double) { return DriftSignal{DriftLevel::drift}; });
  auto spec = watched_by(row, DriftInput::loss, Task::regression);
  spec.drift.cooldown = 0;
  Learner learner(spec, test::feature_names(1));
  LearnerStatus status;
  for (int i = 0; i < 101; ++i) (void)learn(learner, sample({1}, 5));
  learner.report(status);
  EXPECT_EQ(status.incidents_total, 101U);
  ASSERT_EQ(status.incidents.size(), 100U);
  EXPECT_EQ(status.incidents.front().id, 2U);
  EXPECT_EQ(status.incidents.back().id, 101U);
}

}  // namespace
}  // namespace rekindle
