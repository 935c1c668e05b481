#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::Recipe;

struct Setting {
  std::string name;
  Recipe recipe;
};

// Every part of the state is in use in one of them at least.
std::vector<Setting> settings() {
  std::vector<Setting> out;
  out.push_back({"the defaults", {}});
  for (const auto& row : optimizers()) {
    Recipe recipe;
    recipe.optimizer = row.name;
    recipe.precision = out.size() % 2 == 0 ? Precision::float32 : Precision::float64;
    out.push_back({row.name, recipe});
  }
  Recipe batches;
  batches.batch_size = 7;
  batches.validation_every = 5;
  batches.reset_every = 11;
  batches.optimizer = "adam";
  out.push_back({"batches", batches});
  Recipe many;
  many.task = Task::multiclass;
  many.unit = StepUnit::samples;
  many.warmup = {50, 0.1, WarmupKind::exponential};
  out.push_back({"classes as they come", many});
  Recipe regression;
  regression.task = Task::regression;
  regression.scale = ScaleKind::none;
  regression.optimizer_parameters = {{"clip_norm", 1.0}};
  regression.schedule = "exponential";
  regression.schedule_parameters = {{"gamma", 0.999}};
  regression.unit = StepUnit::seconds;
  out.push_back({"regression", regression});
  for (const auto encoding : {Encoding::onehot, Encoding::hash}) {
    for (const auto task : {Task::binary, Task::multiclass}) {
      Recipe categories;
      categories.task = task;
      categories.encoding = encoding;
      categories.batch_size = 3;
      categories.optimizer = "adam";
      out.push_back({to_string(encoding) + " categories, " + to_string(task), categories});
    }
  }
  Recipe hashed;
  hashed.sparse_coordinates = 64;
  hashed.optimizer = "ftrl";
  out.push_back({"hashed records", hashed});
  Recipe deep;
  deep.task = Task::multiclass;
  deep.model = {ModelKind::mlp, Rounding::none, {7, 5}, Activation::gelu, 0.2, 3};
  deep.optimizer = "adam";
  deep.batch_size = 3;
  LayerSpec late;
  late.name = "hidden.0";
  late.frozen = true;
  late.unfreeze_at = 100;
  late.unfreeze_bump = 2;
  LayerSpec own;
  own.name = "output";
  own.weight_decay = 0.01;
  own.schedule.emplace();
  own.schedule->schedule = test::choose(schedules(), "exponential", test::table({{"gamma", 0.999}}));
  deep.layers = {late, own};
  out.push_back({"a deep network", deep});
  deep.precision = Precision::float16;
  deep.model.rounding = Rounding::float16;
  out.push_back({"a deep network in 16 bits", deep});
  Recipe graded;
  graded.policy = "graded";
  graded.cooldown = 300;
  graded.trial.samples = 400;
  out.push_back({"trials", graded});
  Recipe portfolio;
  portfolio.mode = LearnerMode::portfolio;
  portfolio.policy = "graded";
  out.push_back({"a portfolio", portfolio});
  portfolio.task = Task::regression;
  portfolio.budget = PortfolioBudget::lite;
  portfolio.precision = Precision::float64;
  out.push_back({"a portfolio for a regression", portfolio});
  portfolio.task = Task::multiclass;
  portfolio.batch_size = 3;
  out.push_back({"a portfolio of classes as they come", portfolio});
  Recipe flapping;
  flapping.cooldown = 0;
  flapping.max_per_million = 2;
  flapping.detector_parameters = {{"after_drift", "keep_newest"}};
  out.push_back({"flapping", flapping});
  Recipe controlled;
  controlled.task = Task::regression;
  controlled.scale = ScaleKind::none;
  controlled.optimizer = "momentum";
  controlled.batch_size = 3;
  controlled.lr = 0.9;
  controlled.schedule = "step";
  controlled.schedule_parameters = {{"step_size", 100.0}, {"gamma", 0.4}};
  controlled.controls.plateau_bump = {40, 3, 5, 1.5};
  controlled.controls.guard.loss_factor = 1.5;
  controlled.controls.cooldown = {30, 0.1};
  out.push_back({"controls", controlled});
  return out;
}

// A stream with drifts, samples without a label, weights, missing values and event times.
std::vector<Sample> stream_for(const Recipe& recipe, std::size_t count) {
  static const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> out = {""};
    for (char c = 'a'; c <= 'z'; ++c) out.emplace_back(1, c);
    return out;
  }();
  LogisticStreamOptions options{.seed = 3, .features = 4, .noise = 0.05, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 700; at < count; at += 700) options.drifts.push_back(at);
  auto out = test::samples_of(options, count);
  Random random(17);
  for (std::size_t i = 0; i < count; ++i) {
    auto& one = out[i];
    one.time_ms = 1'700'000'000'000 + static_cast<std::int64_t>(i) * 250;
    if (random.uniform() < 0.05) one.weight = 0.25;
    if (random.uniform() < 0.05) one.values[2] = missing_value;
    if (recipe.task == Task::regression) one.label.number = 2 * one.label.number + one.values[0];
    // A new class now and then, the last one late.
    if (recipe.task == Task::multiclass)
      one.label = {Label::Kind::text, 0, names[std::min<std::size_t>(i / 150, 3) + static_cast<std::size_t>(one.label.number)]};
    if (random.uniform() < 0.1) one.label = {};
    // One more category now and then.
    if (recipe.encoding) one.categories = {kinds[random.below(1 + i * 26 / count)], kinds[random.below(3)]};
    if (recipe.sparse_coordinates)
      one.sparse = {{static_cast<std::uint32_t>(random.below(32)), 1.0}, {32 + static_cast<std::uint32_t>(random.below(32)), -0.5}};
  }
  return out;
}

std::string run(const Recipe& recipe, const std::vector<Sample>& samples, std::size_t resume_every) {
  auto learner = std::make_unique<Learner>(test::learner_of(recipe, 4));
  std::string trace;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (resume_every != 0 && i % resume_every == 0) {
      auto resumed = std::make_unique<Learner>(test::learner_of(recipe, 4));
      std::vector<std::string> notes;
      const auto status = resumed->restore(learner->save(), notes);
      EXPECT_TRUE(status) << status.error().message;
      EXPECT_THAT(notes, ::testing::IsEmpty());
      EXPECT_EQ(resumed->state_hash(), learner->state_hash()) << "at " << i;
      learner = std::move(resumed);
    }
    const auto outcome = learn(*learner, samples[i]);
    trace += fmt::format("{} {} {} {}\n", learner->prediction().value, outcome.loss, outcome.lr,
                         fmt::join(learner->prediction().probabilities, " "));
    trace += test::events_of(*learner);
    if (::testing::Test::HasFailure()) return trace;
  }
  return trace + learner->state_hash();
}

TEST(Resume, AfterEverySampleChangesNothing) {
  for (const auto& [name, recipe] : settings()) {
    SCOPED_TRACE(name);
    const auto samples = stream_for(recipe, 900);
    EXPECT_EQ(run(recipe, samples, 1), run(recipe, samples, 0));
  }
}

TEST(Resume, NowAndThenChangesNothing) {
  for (const auto& [name, recipe] : settings()) {
    SCOPED_TRACE(name);
    const auto samples = stream_for(recipe, 4000);
    const auto whole = run(recipe, samples, 0);
    EXPECT_EQ(run(recipe, samples, 97), whole);
    EXPECT_EQ(run(recipe, samples, 1000), whole);
  }
}

TEST(Replay, OfTheSameSamplesGivesTheSameState) {
  for (const auto& [name, recipe] : settings()) {
    const auto samples = stream_for(recipe, 2000);
    EXPECT_EQ(run(recipe, samples, 0), run(recipe, samples, 0)) << name;
  }
}

TEST(Replay, FindsADriftInTheStreamOfThisTest) {
  const auto samples = stream_for({}, 4000);
  EXPECT_THAT(run({}, samples, 0), ::testing::HasSubstr("restart drift"));
}

TEST(Replay, BumpsAndDivergesInTheStreamOfThisTest) {
  const auto controlled = settings().back();
  ASSERT_EQ(controlled.name, "controls");
  const auto trace = run(controlled.recipe, stream_for(controlled.recipe, 900), 0);
  EXPECT_THAT(trace, ::testing::HasSubstr("diverged rollback"));
  EXPECT_THAT(trace, ::testing::HasSubstr("bump"));
}

TEST(StateHash, TellsStatesApart) {
  auto one = test::learner_of({}, 4);
  auto other = test::learner_of({}, 4);
  EXPECT_EQ(one.state_hash(), other.state_hash());
  EXPECT_EQ(one.state_hash().size(), 32U);
  (void)learn(one, test::sample({1, 2, 3, 4}, 1));
  EXPECT_NE(one.state_hash(), other.state_hash());
}

// A file has no record times where a topic has them.
TEST(StateHash, DoesNotDependOnRecordTimes) {
  auto with_times = test::learner_of({}, 4);
  auto without = test::learner_of({}, 4);
  for (auto one : stream_for({}, 3000)) {
    (void)learn(with_times, one);
    one.time_ms = 0;
    (void)learn(without, one);
  }
  ASSERT_GT(with_times.incidents().total(), 0U);
  EXPECT_EQ(with_times.state_hash(), without.state_hash());
}

TEST(Resume, KeepsEventTimes) {
  auto learner = test::learner_of({}, 4);
  for (const auto& one : stream_for({}, 3000)) (void)learn(learner, one);
  auto resumed = test::learner_of({}, 4);
  std::vector<std::string> notes;
  ASSERT_TRUE(resumed.restore(learner.save(), notes));
  ASSERT_FALSE(resumed.incidents().newest().empty());
  EXPECT_EQ(resumed.incidents().newest()[0].time_ms, learner.incidents().newest()[0].time_ms);
  EXPECT_GT(resumed.incidents().newest()[0].time_ms, 1'700'000'000'000);
}

// Whoever reads a state in another program goes by these names.
TEST(Resume, FindsItsSectionsByNamesInAFixedOrder) {
  const auto names = [](const LearnerSpec& spec) {
    std::vector<std::string> out;
    for (const auto& one : Learner(spec, test::feature_names(4)).save()) out.push_back(one.name);
    return out;
  };
  const std::vector<std::string> least = {"shape",     "counters", "classes", "scaler",     "model",  "optimizer",
                                          "schedule",  "controls", "trial",   "health",     "shadow", "scores",
                                          "detectors", "drift",    "time",    "forgetting", "random"};
  EXPECT_EQ(names(test::spec_of({})), least);
  Recipe recipe;
  recipe.encoding = Encoding::hash;
  auto spec = test::spec_of(recipe);
  spec.schema.incumbent = "old";
  spec.late.on = true;
  auto most = least;
  most.insert(most.begin() + 4, "categories");
  most.insert(std::ranges::find(most, "detectors"), "incumbent");
  most.insert(most.end(), {"late_labels", "late_label_times"});
  EXPECT_EQ(names(spec), most);
}

TEST(Resume, RefusesAStateWithASectionMissingOrCut) {
  auto learner = test::learner_of({}, 4);
  for (const auto& one : stream_for({}, 50)) (void)learn(learner, one);
  const auto sections = learner.save();
  for (std::size_t i = 0; i < sections.size(); ++i) {
    std::vector<std::string> notes;
    auto missing = sections;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    auto cut = sections;
    cut[i].bytes.pop_back();
    auto longer = sections;
    longer[i].bytes.push_back(std::byte{0});
    const std::array variants = {missing, cut, longer};
    for (const auto& broken : variants) {
      if (&broken == &variants[0] && sections[i].name == "forgetting") continue;  // An older rekindle had none.
      const auto status = test::learner_of({}, 4).restore(broken, notes);
      ASSERT_FALSE(status) << sections[i].name;
      EXPECT_EQ(status.error().code, ErrorCode::data) << sections[i].name;
      EXPECT_THAT(status.error().message, ::testing::HasSubstr("\"" + sections[i].name + "\""));
    }
  }
}

}  // namespace
}  // namespace rekindle
