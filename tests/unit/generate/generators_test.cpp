#include "connectors/generate/generator.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::Entries;

GeneratorPointer make(const std::string& type, const Entries& given = {}, std::uint64_t seed = 7) {
  const auto choice = test::choose(generators(), type, test::table(given));
  return choice.row->make.make(choice.parameters, seed);
}

using Rows = std::vector<std::vector<double>>;  // With the label at the end.

Rows draw(Generator& stream, std::size_t count) {
  Rows rows;
  std::vector<double> x(stream.columns().size());
  for (std::size_t i = 0; i < count; ++i) {
    const int label = stream.next(x);
    rows.push_back(x);
    rows.back().push_back(label);
  }
  return rows;
}

double share_of_ones(const Rows& rows) {
  double ones = 0;
  for (const auto& row : rows) ones += row.back();
  return ones / static_cast<double>(rows.size());
}

TEST(EveryGenerator, IsTheSameForTheSameSeed) {
  for (const auto& row : generators()) {
    EXPECT_EQ(draw(*make(row.name), 200), draw(*make(row.name), 200)) << row.name;
    EXPECT_NE(draw(*make(row.name), 200), draw(*make(row.name, {}, 8), 200)) << row.name;
  }
}

TEST(EveryGenerator, DrawsFiniteFeaturesAndEveryClass) {
  for (const auto& row : generators()) {
    const auto stream = make(row.name);
    std::set<double> seen;
    for (const auto& one : draw(*stream, 3000)) {
      for (const double value : one) ASSERT_TRUE(std::isfinite(value)) << row.name;
      seen.insert(one.back());
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(stream->classes())) << row.name;
    EXPECT_EQ(*seen.rbegin(), stream->classes() - 1) << row.name;
  }
}

TEST(EveryGenerator, LabelsItsOwnFeaturesByItsRule) {
  for (const auto& row : generators()) {
    const auto stream = make(row.name);
    for (std::uint64_t k = 0; k < 3; ++k) {
      stream->set_concept(k);
      for (const auto& one : draw(*stream, 300)) {
        const auto label = stream->label_of(std::span(one).first(one.size() - 1));
        if (label) {
          ASSERT_EQ(*label, one.back()) << row.name << " concept " << k;
        }
      }
    }
  }
}

TEST(EveryGenerator, AnswersDifferentlyUnderTheNextConcept) {
  for (const auto& row : generators()) {
    const auto before = make(row.name);
    const auto after = make(row.name);
    after->set_concept(1);
    EXPECT_NE(draw(*before, 500), draw(*after, 500)) << row.name;
    after->set_concept(0);
    before->set_concept(1);
    before->set_concept(0);
    EXPECT_EQ(draw(*before, 500), draw(*after, 500)) << row.name;
  }
}

TEST(EveryGenerator, BeginsAndEndsAtTheTwoConceptsItMovesBetween) {
  for (const auto& row : generators()) {
    if (!row.make.between) continue;
    const auto pure = make(row.name);
    const auto mixed = make(row.name);
    mixed->set_between(0, 1, 0);
    EXPECT_EQ(draw(*pure, 200), draw(*mixed, 200)) << row.name;
    pure->set_concept(1);
    mixed->set_between(0, 1, 1);
    const auto one = draw(*pure, 200);
    const auto other = draw(*mixed, 200);
    for (std::size_t i = 0; i < one.size(); ++i) {
      for (std::size_t j = 0; j < one[i].size(); ++j) ASSERT_NEAR(one[i][j], other[i][j], 1e-12) << row.name;
    }
  }
}

TEST(Generators, HaveTheColumnsOfTheirDocumentation) {
  using testing::ElementsAre;
  EXPECT_THAT(make("sea")->columns(), ElementsAre("x0", "x1", "x2"));
  EXPECT_THAT(make("agrawal")->columns(),
              ElementsAre("salary", "commission", "age", "elevel", "car", "zipcode", "hvalue", "hyears", "loan"));
  EXPECT_THAT(make("stagger")->columns(), ElementsAre("size", "color", "shape"));
  const std::map<std::string, std::pair<Entries, std::size_t>> counted = {{"hyperplane", {{{"n_features", std::int64_t{4}}}, 4}},
                                                                          {"led", {{{"irrelevant_features", true}}, 24}},
                                                                          {"sine", {{{"has_noise", true}}, 4}},
                                                                          {"mixed", {{}, 4}},
                                                                          {"rbf", {{{"n_features", std::int64_t{3}}}, 3}},
                                                                          {"logistic", {{}, 20}}};
  for (const auto& [type, expected] : counted) {
    const auto columns = make(type, expected.first)->columns();
    EXPECT_EQ(columns.size(), expected.second) << type;
    EXPECT_EQ(columns.back(), fmt::format("x{}", columns.size() - 1)) << type;
  }
  EXPECT_EQ(make("led")->columns().size(), 7U);
  EXPECT_EQ(make("sine")->columns().size(), 2U);
}

TEST(Agrawal, DrawsFromTheDocumentedRanges) {
  for (const double perturbation : {0.0, 0.3}) {
    for (const auto& x : draw(*make("agrawal", {{"perturbation", perturbation}}), 2000)) {
      EXPECT_TRUE(x[0] >= 20'000 && x[0] <= 150'000) << x[0];
      EXPECT_TRUE(x[1] == 0 || (x[1] >= 10'000 && x[1] <= 85'000)) << x[1];
      if (perturbation == 0) {
        EXPECT_EQ(x[1] == 0, x[0] >= 75'000);
      }
      EXPECT_TRUE(x[2] >= 20 && x[2] <= 80 && x[2] == std::round(x[2])) << x[2];
      EXPECT_TRUE(x[6] >= (9 - x[5]) * 50'000 && x[6] <= (9 - x[5]) * 150'000) << x[6];
      EXPECT_TRUE(x[7] >= 1 && x[7] <= 30 && x[7] == std::round(x[7])) << x[7];
      EXPECT_TRUE(x[8] >= 0 && x[8] <= 500'000) << x[8];
    }
  }
}

TEST(Led, MovesItsColumnsAtADrift) {
  for (const bool irrelevant : {false, true}) {
    const auto before = make("led", {{"irrelevant_features", irrelevant}});
    const auto after = make("led", {{"irrelevant_features", irrelevant}});
    after->set_concept(2);
    const auto one = draw(*before, 50);
    const auto other = draw(*after, 50);
    const auto columns = before->columns().size();
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(one[i].back(), other[i].back());
      for (std::size_t j = 0; j < columns; ++j) EXPECT_EQ(one[i][j], other[i][(j + 2) % columns]);
    }
  }
}

TEST(Led, HasNoDigitForSegmentsThatShowNone) { EXPECT_EQ(make("led")->label_of(std::vector<double>(7, 0)), std::nullopt); }

TEST(Hyperplane, TurnsOnItsOwnWhenToldTo) {
  const Entries still = {{"n_features", std::int64_t{4}}};
  Entries turning = still;
  turning.emplace_back("mag_change", 0.01);
  turning.emplace_back("sigma", 0.0);
  const auto a = make("hyperplane", still);
  const auto b = make("hyperplane", turning);
  (void)draw(*b, 2000);
  int different = 0;
  for (const auto& row : draw(*a, 500)) different += b->label_of(std::span(row).first(4)) != static_cast<int>(row.back()) ? 1 : 0;
  EXPECT_GT(different, 50);
}

TEST(Rbf, MovesItsCentroidsInTheCubeWhenToldTo) {
  const auto rows = draw(*make("rbf", {{"change_speed", 0.01}, {"n_centroids", std::int64_t{3}}}), 20'000);
  double total = 0;
  for (const auto& row : rows) total += row[0];
  // A centroid between two walls is in the middle on average; clouds have the width of a cube at most.
  EXPECT_NEAR(total / static_cast<double>(rows.size()), 0.5, 0.05);
}

TEST(Logistic, RedrawsOnlyTheShareThatChanges) {
  const auto stream = make("logistic", {{"changed", 0.0}});
  const auto same = make("logistic", {{"changed", 0.0}});
  same->set_concept(5);
  EXPECT_EQ(draw(*stream, 100), draw(*same, 100));
  EXPECT_NEAR(share_of_ones(draw(*make("logistic"), 10'000)), 0.5, 0.03);
}

TEST(Hyperplane, RefusesToMoveMoreFeaturesThanItHas) {
  EXPECT_THROW((void)make("hyperplane", {{"n_features", std::int64_t{2}}, {"n_drift_features", std::int64_t{3}}}), std::invalid_argument);
}

}  // namespace
}  // namespace rekindle
