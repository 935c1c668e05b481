// Labels that come later than their samples.
#include <gmock/gmock.h>

#include <cmath>
#include <deque>

#include "base/bytes.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;
using namespace test;

LearnerSpec late_spec(const Recipe& recipe, std::optional<std::string> on_timeout = std::nullopt) {
  auto spec = spec_of(recipe);
  spec.schema.id = "id";
  spec.late = {.on = true, .timeout_ms = 1000, .bytes = 1 << 20, .on_timeout = std::move(on_timeout)};
  return spec;
}

// A stream whose samples come without their labels, at 1 ms each.
struct LateStream {
  std::vector<Sample> samples;
  std::vector<LabelRecord> labels;
  std::deque<std::string> ids;

  explicit LateStream(std::size_t count, LogisticStreamOptions options = {}) : samples(samples_of(std::move(options), count)) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& sample = samples[i];
      ids.push_back(fmt::format("id {}", i));
      sample.id = ids.back();
      sample.time_ms = static_cast<std::int64_t>(i);
      labels.push_back({sample.id, sample.label, sample.time_ms});
      sample.label = {};
    }
  }
};

Outcome take(Learner& learner, const Sample& sample) {
  Rejection why;
  const auto outcome = learner.observe(sample, why);
  EXPECT_TRUE(outcome.accepted) << why.detail;
  return outcome;
}

Outcome take(Learner& learner, const LabelRecord& label) {
  Rejection why;
  const auto outcome = learner.observe_label(label, why);
  EXPECT_TRUE(outcome.accepted) << why.detail;
  return outcome;
}

std::vector<std::string> sections_but_late(const Learner& learner) {
  std::vector<std::string> out;
  for (const auto& section : learner.save()) {
    if (section.name.starts_with("late_")) continue;
    out.push_back(section.name + ": " + std::string(text_of(section.bytes)));
  }
  return out;
}

double share(const Learner& learner, const std::string& name) {
  for (const auto& [known, value] : learner.metrics()) {
    if (known == name) return value.value_or(NAN);
  }
  return NAN;
}

LateLabelStatus labels_of(const Learner& learner) {
  LearnerStatus status;
  learner.report(status);
  return status.late_labels.value();
}

class LateLabelModes : public testing::TestWithParam<LearnerMode> {
 protected:
  [[nodiscard]] static Recipe recipe() {
    Recipe recipe;
    recipe.mode = GetParam();
    recipe.policy = "graded";
    return recipe;
  }
};

TEST_P(LateLabelModes, ALabelRightAfterItsSampleMakesTheStateOfOneThatCameWithIt) {
  const LogisticStreamOptions options{.seed = 3, .features = 5};
  LateStream stream(3000, options);
  Learner with(spec_of(recipe()), feature_names(5));
  Learner after(late_spec(recipe()), feature_names(5));
  auto labelled = samples_of(options, 3000);
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    labelled[i].time_ms = stream.samples[i].time_ms;
    const auto expected = take(with, labelled[i]);
    EXPECT_FALSE(take(after, stream.samples[i]).labelled);
    const auto got = take(after, stream.labels[i]);
    ASSERT_EQ(got.loss, expected.loss) << i;
    ASSERT_EQ(got.error, expected.error) << i;
  }
  EXPECT_EQ(sections_but_late(after), sections_but_late(with));
}

TEST_P(LateLabelModes, TheScoreIsThatOfThePredictionMadeAtTheTime) {
  LateStream stream(2000, {.seed = 4, .features = 5});
  Learner learner(late_spec(recipe()), feature_names(5));
  std::vector<double> predicted;
  for (std::size_t i = 0; i < 500; ++i) {
    (void)take(learner, stream.samples[i]);
    predicted.push_back(learner.prediction().value);
  }
  double right = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    const auto outcome = take(learner, stream.labels[i]);
    EXPECT_EQ(learner.prediction().value, predicted[i]);
    EXPECT_EQ(outcome.error, predicted[i] == outcome.target ? 0 : 1);
    right += 1 - outcome.error;
  }
  EXPECT_DOUBLE_EQ(share(learner, "accuracy"), right / 500) << "of a model that had learned nothing";
  EXPECT_EQ(learner.counters().samples, 500U);
  EXPECT_EQ(learner.counters().learned, 500U);
  EXPECT_EQ(learner.counters().predicted_only, 0U);
}

TEST_P(LateLabelModes, SavedAndRestoredAnywhereItGoesOnTheSame) {
  LateStream stream(1500, {.seed = 5, .features = 5});
  const auto spec = late_spec(recipe(), "0");
  Learner whole(spec, feature_names(5));
  auto parts = std::make_unique<Learner>(spec, feature_names(5));
  const auto step = [&](Learner& learner, std::size_t i) {
    (void)take(learner, stream.samples[i]);
    if (i % 7 == 0 || i < 40) return;  // No label.
    auto label = stream.labels[i - i * 13 % 41];
    label.time_ms = stream.samples[i].time_ms;
    (void)take(learner, label);
  };
  for (std::size_t i = 0; i < stream.samples.size(); ++i) {
    step(whole, i);
    step(*parts, i);
    if (i % 97 != 0) continue;
    const auto state = parts->save();
    parts = std::make_unique<Learner>(spec, feature_names(5));
    std::vector<std::string> notes;
    ASSERT_TRUE(parts->restore(state, notes));
    EXPECT_THAT(notes, testing::IsEmpty());
  }
  EXPECT_EQ(parts->state_hash(), whole.state_hash());
  EXPECT_GT(labels_of(whole).labels[0], 500U);
  EXPECT_GT(labels_of(whole).unlabelled[0], 0U) << "some timed out";
}

INSTANTIATE_TEST_SUITE_P(Modes, LateLabelModes, testing::Values(LearnerMode::single, LearnerMode::portfolio),
                         [](const auto& mode) { return mode.param == LearnerMode::single ? "Single" : "Portfolio"; });

// One feature, no scaling, plain steps: what a weight does to them can be told.
Recipe plain() {
  Recipe recipe;
  recipe.scale = ScaleKind::none;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 0.1;
  recipe.classes = {"0", "1"};
  recipe.policy = "none";
  return recipe;
}

Sample unlabelled(std::string_view id, std::int64_t time_ms) {
  auto out = sample({1});
  out.id = id;
  out.time_ms = time_ms;
  return out;
}

double weight_of(const Learner& learner) { return learner.champion().tensors().front().values.front(); }

TEST(LateLabels, AFakeNegativeIsWeightedAsInKtenaAndOthers) {
  Learner learner(late_spec(plain(), "0"), feature_names(1));
  (void)take(learner, unlabelled("a", 0));
  // Time passes with a label of something else. Learned as negative: weight (1 - p)(1 + p), gradient p.
  (void)take(learner, {"b", {Label::Kind::text, 0, "0"}, 1001});
  double w = 0;  // Of the feature, and of the bias, which is alike.
  double p = 0.5;
  w -= 0.1 * (1 - p) * (1 + p) * p;
  EXPECT_NEAR(weight_of(learner), w, 1e-7);
  EXPECT_EQ(learner.counters().learned, 1U);
  // It was positive after all: weight 1 + p, gradient p - 1.
  p = 1 / (1 + std::exp(-2 * w));
  w -= 0.1 * (1 + p) * (p - 1);
  (void)take(learner, {"a", {Label::Kind::text, 0, "1"}, 1500});
  EXPECT_NEAR(weight_of(learner), w, 1e-7);
  EXPECT_EQ(learner.counters().learned, 2U);
  EXPECT_EQ(labels_of(learner).labels[1], 1U) << "late";
}

TEST(LateLabels, ALateNegativeWasLearnedAlready) {
  Learner learner(late_spec(plain(), "0"), feature_names(1));
  (void)take(learner, unlabelled("a", 0));
  (void)take(learner, {"a", {Label::Kind::text, 0, "0"}, 1001});
  EXPECT_EQ(learner.counters().learned, 1U);
  EXPECT_EQ(labels_of(learner).labels[1], 1U);
}

TEST(LateLabels, WithoutAClassForItWhatTimesOutIsOnlyPredicted) {
  Learner learner(late_spec(plain()), feature_names(1));
  (void)take(learner, unlabelled("a", 0));
  (void)take(learner, unlabelled("b", 1001));
  EXPECT_EQ(learner.counters().predicted_only, 1U);
  (void)take(learner, {"a", {Label::Kind::text, 0, "1"}, 1002});
  EXPECT_EQ(learner.counters().learned, 0U);
  EXPECT_EQ(learner.joined(), nullptr);
}

// Named by the configuration, but none of the two that the labels have.
TEST(LateLabels, WhatTimesOutIsOnlyPredictedWhereThereIsNoRoomForItsClass) {
  auto recipe = plain();
  recipe.classes = {};
  Learner learner(late_spec(recipe, "0"), feature_names(1));
  for (const std::string_view name : {"no", "yes"}) {
    auto labelled = unlabelled(name, 0);
    labelled.label = {Label::Kind::text, 0, name};
    (void)take(learner, labelled);
  }
  (void)take(learner, unlabelled("a", 0));
  (void)take(learner, unlabelled("b", 1001));
  EXPECT_EQ(learner.counters().learned, 2U);
  EXPECT_EQ(learner.counters().predicted_only, 1U);
  (void)take(learner, {"a", {Label::Kind::text, 0, "no"}, 1002});
  EXPECT_EQ(learner.counters().learned, 3U) << "it was not learned as anything yet";
}

TEST(LateLabels, ALabelBeforeItsSampleIsLearnedWithIt) {
  Learner learner(late_spec(plain()), feature_names(1));
  (void)take(learner, {"a", {Label::Kind::text, 0, "1"}, 0});
  const auto outcome = take(learner, unlabelled("a", 10));
  EXPECT_TRUE(outcome.labelled);
  EXPECT_EQ(outcome.target, 1);
  EXPECT_EQ(learner.counters().learned, 1U);
  EXPECT_EQ(labels_of(learner).labels[0], 1U);
}

TEST(LateLabels, AClassThatALabelBringsMayComeBeforeAnySampleOfIt) {
  auto recipe = plain();
  recipe.task = Task::multiclass;
  recipe.classes = {};
  Learner learner(late_spec(recipe), feature_names(1));
  for (const auto* name : {"red", "green", "blue"}) (void)take(learner, {name, {Label::Kind::text, 0, name}, 0});
  const auto state = learner.save();
  Learner restored(late_spec(recipe), feature_names(1));
  std::vector<std::string> notes;
  const auto status = restored.restore(state, notes);
  ASSERT_TRUE(status) << status.error().message;
  for (auto* one : {&learner, &restored}) {
    EXPECT_TRUE(take(*one, unlabelled("blue", 1)).labelled);
    EXPECT_EQ(one->classes().size(), 3U);
  }
  EXPECT_EQ(learner.state_hash(), restored.state_hash());
}

// The error and the loss that count are those of what was predicted when the sample came.
TEST(LateLabels, ANumberIsScoredByThePredictionOfThen) {
  auto recipe = plain();
  recipe.task = Task::regression;
  recipe.classes = {};
  Learner learner(late_spec(recipe), feature_names(1));
  const Label five{Label::Kind::number, 5, {}};
  for (const auto* id : {"a", "b"}) EXPECT_EQ(take(learner, unlabelled(id, 0)).target, 0) << "it has none yet";
  EXPECT_EQ(take(learner, {"b", five, 1}).loss, 25);
  EXPECT_FLOAT_EQ(static_cast<float>(weight_of(learner)), 1) << "0.1 * 2 * 5: now it would say 2";
  const auto outcome = take(learner, {"a", five, 2});
  EXPECT_EQ(outcome.loss, 25);
  EXPECT_EQ(outcome.error, 5);
  EXPECT_EQ(outcome.target, 5);
}

// No loss can be had of a class that had no score: the loss is that of the model that has taken the class in.
TEST(LateLabels, AClassUnknownWhenTheSampleCameCountsTheLossOfNow) {
  auto recipe = plain();
  recipe.task = Task::multiclass;
  recipe.classes = {};
  Learner learner(late_spec(recipe), feature_names(1));
  (void)take(learner, unlabelled("a", 0));
  (void)take(learner, unlabelled("b", 0));
  (void)take(learner, {"a", {Label::Kind::text, 0, "red"}, 1});
  const auto outcome = take(learner, {"b", {Label::Kind::text, 0, "green"}, 2});
  EXPECT_EQ(events_of(learner), "1 class green 1\n");
  EXPECT_EQ(outcome.error, 1);
  EXPECT_NEAR(outcome.loss, std::log(2), 1e-7);
  (void)take(learner, {"c", {Label::Kind::text, 0, "green"}, 3});
  EXPECT_EQ(events_of(learner), "") << "it is known by now";
}

// Of the class that no label stands for the model knows nothing yet: another one is as good as certain, and what would be
// learned of the sample counts nothing.
TEST(LateLabels, AFakeNegativeOfAClassThatTheModelDoesNotHaveTeachesNothing) {
  auto recipe = plain();
  recipe.task = Task::multiclass;
  recipe.classes = {};
  Learner learner(late_spec(recipe, "none"), feature_names(1));
  auto red = unlabelled("r", 0);
  red.label = {Label::Kind::text, 0, "red"};
  (void)take(learner, red);
  (void)take(learner, unlabelled("a", 0));
  (void)take(learner, unlabelled("b", 1001));
  EXPECT_THAT(learner.classes(), testing::ElementsAre("red", "none"));
  EXPECT_EQ(learner.counters().learned, 2U);
  EXPECT_THAT(weights_of(learner), testing::Each(0));
  // It was red: weight 1 + 1/2, gradient -1/2 for red and 1/2 for none, of the feature and of the bias.
  (void)take(learner, {"a", {Label::Kind::text, 0, "red"}, 1002});
  const auto near = [](double value) { return testing::DoubleNear(value, 1e-7); };
  EXPECT_THAT(weights_of(learner), testing::ElementsAre(near(0.075), near(-0.075), near(0.075), near(-0.075)));
}

TEST(LateLabels, AnUnusableLabelIsRefusedAndCounted) {
  Learner learner(late_spec(plain()), feature_names(1));
  Rejection why;
  EXPECT_FALSE(learner.observe_label({"", {Label::Kind::text, 0, "1"}, 0}, why).accepted);
  EXPECT_THAT(why.detail, HasSubstr("without the id"));
  EXPECT_FALSE(learner.observe_label({"a", {}, 0}, why).accepted);
  EXPECT_FALSE(learner.observe_label({"a", {Label::Kind::text, 0, "maybe"}, 0}, why).accepted);
  EXPECT_EQ(why.reason, RejectReason::unknown_class);
  EXPECT_EQ(labels_of(learner).labels[4], 3U);
  EXPECT_EQ(learner.counters().samples, 0U) << "a label is no sample";
}

TEST(LateLabels, OtherFeaturesLetWaitingSamplesGo) {
  Learner learner(late_spec(plain()), feature_names(1));
  (void)take(learner, unlabelled("a", 0));
  Learner next(late_spec(plain()), {"x0", "x1"});
  std::vector<std::string> notes;
  ASSERT_TRUE(next.restore(learner.save(), notes));
  EXPECT_THAT(notes.back(), HasSubstr("1 samples that waited for their labels had other features"));
  (void)take(next, {"a", {Label::Kind::text, 0, "1"}, 1});
  EXPECT_EQ(next.counters().learned, 0U);
}

}  // namespace
}  // namespace rekindle
