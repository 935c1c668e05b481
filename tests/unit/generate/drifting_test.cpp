#include "connectors/generate/drifting.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "connectors/generate/sample_text.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::Entries;

DriftingStream stream_of(const std::string& type, const Entries& given, std::uint64_t length) {
  auto table = test::table(given);
  table.set("type", Value(type), {});
  Diagnostics diagnostics;
  const auto choice = check_stream(table, "generator", diagnostics);
  if (diagnostics.failed()) throw std::invalid_argument(test::texts(diagnostics));
  return DriftingStream(choice, length);
}

std::string mistakes(const std::string& type, const Entries& given) {
  auto table = test::table(given);
  table.set("type", Value(type), {});
  Diagnostics diagnostics;
  const bool refused = check_stream(table, "generator", diagnostics).row == nullptr;
  EXPECT_EQ(refused, diagnostics.failed());
  return test::texts(diagnostics);
}

int sea_label(const StreamSample& sample, double threshold) { return sample.features[0] + sample.features[1] > threshold ? 1 : 0; }

// STAGGER's first two rules, both of which say what they say clearly.
int stagger_label(const StreamSample& s, int function) {
  return (function == 0 ? s.features[0] == 0 && s.features[1] == 0 : s.features[1] == 2 || s.features[2] == 0) ? 1 : 0;
}

TEST(DriftingStream, ChangesTheRuleAtEveryAbruptDrift) {
  auto stream = stream_of("sea", {{"drift", "abrupt"}, {"every", std::int64_t{100}}, {"variant", std::int64_t{2}}}, 500);
  const std::vector<double> thresholds = {7, 9.5, 8, 9, 7};
  for (std::size_t i = 0; i < 500; ++i) {
    const auto& sample = stream.next();
    ASSERT_EQ(sample.label, sea_label(sample, thresholds[i / 100])) << i;
  }
  EXPECT_EQ(truth_csv(stream.drifts(500)), "sample,kind,width,concept\n100,abrupt,0,3\n200,abrupt,0,0\n300,abrupt,0,1\n400,abrupt,0,2\n");
  EXPECT_EQ(truth_csv(stream.drifts(200)), "sample,kind,width,concept\n100,abrupt,0,3\n");
}

TEST(DriftingStream, AlternatesTheFirstTwoConceptsWhenRecurring) {
  auto stream = stream_of("stagger", {{"drift", "recurring"}, {"every", std::int64_t{50}}}, 400);
  for (std::size_t i = 0; i < 400; ++i) {
    const auto& sample = stream.next();
    ASSERT_EQ(sample.label, stagger_label(sample, static_cast<int>(i / 50 % 2))) << i;
  }
  EXPECT_EQ(truth_csv(stream.drifts(200)), "sample,kind,width,concept\n50,recurring,0,1\n100,recurring,0,0\n150,recurring,0,1\n");
}

TEST(DriftingStream, ReturnsToTheVerySameWeightsWhenRecurring) {
  const Entries plan = {{"drift", "recurring"}, {"every", std::int64_t{100}}};
  auto recurring = stream_of("logistic", plan, 2000);
  auto still = stream_of("logistic", {}, 2000);
  int different = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const bool same = recurring.next().label == still.next().label;
    if (i / 100 % 2 == 0) {
      ASSERT_TRUE(same) << i;
    }
    different += same ? 0 : 1;
  }
  EXPECT_GT(different, 200);
}

TEST(DriftingStream, MixesTwoConceptsByTheSigmoidWhenGradual) {
  // Mixed's second function is the opposite of its first, so each label tells which of them it is from.
  constexpr std::size_t every = 20'000;
  constexpr double width = 4000;
  auto stream = stream_of("mixed", {{"drift", "gradual"}, {"every", std::int64_t{every}}, {"width", std::int64_t{4000}}}, 2 * every);
  auto still = stream_of("mixed", {}, 2 * every);
  std::vector<int> is_new;
  for (std::size_t i = 0; i < 2 * every; ++i) is_new.push_back(stream.next().label != still.next().label ? 1 : 0);
  for (std::size_t begin = 0; begin < 2 * every; begin += 500) {
    double share = 0;
    double expected = 0;
    for (std::size_t i = begin; i < begin + 500; ++i) {
      share += is_new[i] / 500.0;
      expected += 1 / (1 + std::exp(-4 * (static_cast<double>(i) - every) / width)) / 500;
    }
    EXPECT_NEAR(share, expected, 0.09) << begin;  // Four standard errors.
  }
  // Not even the next drift begins where the stream ends before it.
  EXPECT_EQ(truth_csv(stream.drifts(2 * every)), "sample,kind,width,concept\n20000,gradual,4000,1\n");
}

TEST(DriftingStream, MovesTheThresholdEvenlyWhenIncremental) {
  auto stream = stream_of("sea", {{"drift", "incremental"}, {"every", std::int64_t{1000}}, {"width", std::int64_t{400}}}, 2000);
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto& sample = stream.next();
    const double share = i < 1000 ? 0 : std::min(1.0, static_cast<double>(i - 999) / 400);
    ASSERT_EQ(sample.label, sea_label(sample, 8 + share)) << i;
  }
  EXPECT_EQ(truth_csv(stream.drifts(2000)), "sample,kind,width,concept\n1000,incremental,400,1\n");
}

TEST(DriftingStream, ReplacesTheShareOfLabelsThatItIsTold) {
  for (const std::string type : {"sea", "led"}) {
    auto noisy = stream_of(type, {{"noise", 0.2}}, 20'000);
    auto clean = stream_of(type, {}, 20'000);
    int different = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto& one = noisy.next();
      const auto& other = clean.next();
      ASSERT_EQ(one.features, other.features);
      ASSERT_TRUE(one.label >= 0 && one.label < noisy.classes());
      different += one.label != other.label ? 1 : 0;
    }
    EXPECT_NEAR(different, 4000, 250) << type;
  }
}

TEST(DriftingStream, LeavesOutTheShareOfValuesThatItIsTold) {
  auto holed = stream_of("agrawal", {{"missing", 0.1}}, 5000);
  auto whole = stream_of("agrawal", {}, 5000);
  int absent = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto& one = holed.next();
    const auto& other = whole.next();
    ASSERT_EQ(one.label, other.label);
    for (std::size_t j = 0; j < 9; ++j) {
      if (std::isnan(one.features[j])) {
        ++absent;
      } else {
        ASSERT_EQ(one.features[j], other.features[j]);
      }
    }
  }
  EXPECT_NEAR(absent, 4500, 250);
}

TEST(DriftingStream, ThinsTheClassesToTheShareThatItIsTold) {
  for (const std::string type : {"sea", "stagger", "logistic", "agrawal"}) {
    const Entries given = {{"imbalance", 0.05}, {"noise", 0.1}, {"drift", "abrupt"}, {"every", std::int64_t{5000}}};
    auto thinned = stream_of(type, given, 20'000);
    auto again = stream_of(type, given, 20'000);
    int positives = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto& one = thinned.next();
      const auto& other = again.next();
      ASSERT_EQ(one.features, other.features);
      ASSERT_EQ(one.label, other.label);
      positives += one.label;
    }
    EXPECT_NEAR(positives, 1000, 125) << type;  // Four standard deviations.
  }
}

TEST(DriftingStream, KeepsTheRuleWhenItThins) {
  auto thinned = stream_of("sea", {{"imbalance", 0.02}}, 3000);
  for (int i = 0; i < 3000; ++i) {
    const auto& sample = thinned.next();
    ASSERT_EQ(sample.label, sea_label(sample, 8));
  }
}

TEST(DriftingStream, IsTheSameForTheSameSeedWhateverThePlan) {
  for (const std::string drift : {"none", "abrupt", "gradual", "incremental", "recurring"}) {
    const Entries given = {{"drift", drift}, {"every", std::int64_t{70}}, {"width", std::int64_t{30}}, {"noise", 0.1}, {"missing", 0.1}};
    for (const auto& row : generators()) {
      if (drift == "incremental" && !row.make.between) continue;
      auto one = stream_of(row.name, given, 500);
      auto other = stream_of(row.name, given, 500);
      for (int i = 0; i < 500; ++i) {
        std::string left;
        std::string right;
        append_csv(one.next(), left);
        append_csv(other.next(), right);
        ASSERT_EQ(left, right) << row.name << " " << drift;
      }
    }
  }
}

TEST(DriftingStream, HoldsOutAgainstTheShortestPlans) {
  for (const std::string drift : {"abrupt", "gradual", "incremental", "recurring"}) {
    for (const auto& row : generators()) {
      if (drift == "incremental" && !row.make.between) continue;
      auto stream = stream_of(row.name, {{"drift", drift}, {"every", std::int64_t{1}}, {"width", std::int64_t{1}}}, 50);
      for (int i = 0; i < 50; ++i) (void)stream.next();
      EXPECT_EQ(stream.drifts(50).size(), 49U);
    }
  }
}

TEST(CheckStream, NamesTheKeyAndTheBound) {
  using testing::HasSubstr;
  EXPECT_THAT(mistakes("seaa", {}), HasSubstr("did you mean \"sea\""));
  EXPECT_THAT(mistakes("sea", {{"noise", 1.5}}), HasSubstr("generator.noise: must be >= 0 and <= 1, got 1.5"));
  EXPECT_THAT(mistakes("sea", {{"variant", std::int64_t{4}}}), HasSubstr("generator.variant: must be >= 0 and <= 3, got 4"));
  EXPECT_THAT(mistakes("sea", {{"drift", "sudden"}}), HasSubstr("generator.drift: must be one of none, abrupt"));
  EXPECT_THAT(mistakes("sea", {{"every", std::int64_t{0}}}), HasSubstr("generator.every: must be >= 1, got 0"));
  EXPECT_THAT(mistakes("sea", {{"label_delay", std::int64_t{-5}}}),
              HasSubstr("generator.label_delay: must be >= 0 and <= 10000000, got -5"));
  EXPECT_THAT(mistakes("sea", {{"imbalance", 1.0}}), HasSubstr("generator.imbalance: must be >= 0 and < 1, got 1"));
  EXPECT_THAT(mistakes("led", {{"imbalance", 0.1}}), HasSubstr("generator.imbalance: needs two classes, led has 10"));
  EXPECT_EQ(mistakes("rbf", {{"imbalance", 0.1}}), "");
  EXPECT_THAT(mistakes("led", {{"drift", "incremental"}}),
              HasSubstr("generator.drift: incremental needs numbers that can move: sea, hyperplane, rbf, logistic"));
  EXPECT_THAT(mistakes("sea", {{"drift", "incremental"}, {"every", std::int64_t{500}}}),
              HasSubstr("generator.width: must be <= every (500)"));
  EXPECT_EQ(mistakes("sea", {}), "");
}

TEST(SampleText, WritesAbsentValuesAsNothing) {
  const std::vector<std::string> columns = {"a", "b", "c"};
  const StreamSample sample = {{0.1, std::nan(""), 3}, 1};
  std::string csv;
  append_csv(sample, csv);
  std::string json;
  append_json(columns, sample, json);
  EXPECT_EQ(csv_header(columns), "a,b,c,y");
  EXPECT_EQ(csv, "0.1,,3,1");
  EXPECT_EQ(json, R"({"a":0.1,"b":null,"c":3,"y":1})");
}

}  // namespace
}  // namespace rekindle
