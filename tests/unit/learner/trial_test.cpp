#include "learner/trial.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "support/choices.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::samples_of;

Recipe graded() {
  Recipe recipe;
  recipe.policy = "graded";
  // After a long annealing the rate is small, which is what a response is for.
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 1000.0}};
  return recipe;
}

void answer_all_with(Recipe& recipe, const Response& response) {
  for (auto& row : recipe.responses.by_severity) row = response;
}

LogisticStreamOptions one_flip() { return {.seed = 7, .features = 5, .noise = 0.02, .drifts = {10'000}, .changed = {1}, .flip = true}; }

// A burst of noise in an otherwise stationary stream: an alarm for nothing.
std::vector<Sample> burst(std::size_t count) {
  auto out = samples_of({.seed = 5, .features = 5, .noise = 0.05}, count);
  Random random(3);
  for (std::size_t i = 10'000; i < 10'150; ++i) out[i].label.number = random.uniform() < 0.5 ? 1 : 0;
  return out;
}

std::vector<std::byte> section_of(const Learner& learner, const std::string& name) { return find_section(learner.save(), name)->bytes; }

TEST(Trial, SwapsInAChallengerThatIsBetter) {
  auto recipe = graded();
  answer_all_with(recipe, {.trial = {Challenger::restart, Challenger::fresh}, .cycle = {}});
  auto learner = learner_of(recipe);
  const auto events = test::learn_all(learner, samples_of(one_flip(), 20'000));
  ASSERT_EQ(learner.incidents().total(), 1U) << events;
  const auto& incident = learner.incidents().newest()[0];
  EXPECT_THAT(incident.response, ::testing::AnyOf("restart", "replace"));
  EXPECT_EQ(incident.tried, "restart, fresh");
  ASSERT_TRUE(incident.loss_without_response);
  EXPECT_LT(*incident.loss_served, *incident.loss_without_response);
  recipe.policy = "alarm";
  auto idle = learner_of(recipe);
  (void)test::learn_all(idle, samples_of(one_flip(), 20'000));
  EXPECT_GT(test::metric(learner, "accuracy"), test::metric(idle, "accuracy") + 0.02);
}

// The champion's weights, new accumulators, the schedule from its start: from the drift on the same as if it had been done to the champion.
TEST(Trial, AChallengerThatRestartsIsWhatARestartMakesOfTheChampion) {
  auto recipe = graded();
  recipe.optimizer = "adam";
  recipe.lr = 0.01;
  answer_all_with(recipe, {.warmup = 0, .trial = {Challenger::restart}, .cycle = {}});
  auto trying = learner_of(recipe);
  answer_all_with(recipe, {.forget = 1, .restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  auto responding = learner_of(recipe);
  const auto samples = samples_of(one_flip(), 20'000);
  (void)test::learn_all(trying, samples);
  (void)test::learn_all(responding, samples);
  for (const auto* learner : {&trying, &responding}) {
    ASSERT_EQ(learner->incidents().total(), 1U);
    ASSERT_EQ(learner->incidents().newest()[0].response, "restart");
    ASSERT_FALSE(learner->incidents().newest()[0].rolled_back);
  }
  for (const auto* name : {"model", "optimizer"}) EXPECT_EQ(section_of(trying, name), section_of(responding, name)) << name;
}

// The challengers of a stream that did not change lose, and nothing tells that they were there.
TEST(Trial, ThatLosesLeavesTheStateAsIfItHadNeverBegun) {
  auto recipe = graded();
  recipe.cooldown = 5000;
  recipe.optimizer = "sgd";  // At a small constant rate: a restart changes nothing, and who starts anew is behind for long.
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 0.01;
  recipe.trial.samples = 400;
  recipe.detector_parameters = {{"delta", 0.5}};  // Sees drifts where there are none.
  answer_all_with(recipe, {.warmup = 0, .trial = {Challenger::restart, Challenger::fresh}, .cycle = {}});
  auto trying = learner_of(recipe);
  answer_all_with(recipe, {});
  auto holding = learner_of(recipe);
  const auto samples = samples_of({.seed = 5, .features = 5, .noise = 0.05, .drifts = {}, .changed = {}, .flip = false}, 20'000);
  const auto what = test::learn_all(trying, samples);
  (void)test::learn_all(holding, samples);
  ASSERT_GT(trying.incidents().total(), 0U);
  ASSERT_EQ(trying.incidents().newest()[0].response, "hold") << "the test's stream should make every challenger lose\n" << what;
  EXPECT_EQ(trying.incidents().newest()[0].tried, "restart, fresh");
  for (const auto* name : {"counters", "model", "optimizer", "schedule", "detectors", "drift", "random", "scores"})
    EXPECT_EQ(section_of(trying, name), section_of(holding, name)) << name;
}

TEST(Trial, AResponseThatDoesHarmIsUndoneAsIfItHadNeverBeenMade) {
  auto recipe = graded();
  recipe.lr = 5;  // Absurd, once the weights are good.
  recipe.optimizer = "adam";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 500.0}};
  answer_all_with(recipe, {.forget = 1, .restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  auto responding = learner_of(recipe);
  answer_all_with(recipe, {});
  auto holding = learner_of(recipe);
  const auto samples = burst(20'000);
  (void)test::learn_all(responding, samples);
  (void)test::learn_all(holding, samples);
  ASSERT_EQ(responding.incidents().total(), 1U);
  const auto& incident = responding.incidents().newest()[0];
  EXPECT_EQ(incident.response, "restart");
  EXPECT_TRUE(incident.rolled_back);
  EXPECT_EQ(responding.counters().rollbacks, 1U);
  for (const auto* name : {"model", "optimizer", "schedule"}) EXPECT_EQ(section_of(responding, name), section_of(holding, name)) << name;
}

TEST(Trial, BringsBackAnArchivedChampionWhereItsConceptComesAgain) {
  auto recipe = graded();
  answer_all_with(recipe, {.trial = {Challenger::restart, Challenger::memory}, .cycle = {}});
  auto learner = learner_of(recipe, 20);
  LogisticStreamOptions options{.seed = 7, .features = 20, .noise = 0.02, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 8000; at < 40'000; at += 8000) {
    options.drifts.push_back(at);
    options.changed.push_back(1);
  }
  (void)test::learn_all(learner, samples_of(options, 40'000));
  EXPECT_GT(learner.counters().replacements, 0U);
}

TEST(Trial, SwapsABoundedNumberOfTimesHoweverTheStreamAlternates) {
  auto recipe = graded();
  recipe.cooldown = 0;
  recipe.max_per_million = 10;
  LogisticStreamOptions options{.seed = 7, .features = 5, .noise = 0, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 500; at < 40'000; at += 500) {
    options.drifts.push_back(at);
    options.changed.push_back(1);
  }
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, samples_of(options, 40'000));
  EXPECT_GT(learner.incidents().total(), 20U);
  EXPECT_LE(learner.counters().restarts_total(), 10U);
}

TEST(Trial, AFalseAlarmCostsLessThanSixPerMille) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    auto samples = samples_of({.seed = seed, .features = 20, .noise = 0.1}, 30'000);
    Random random(seed);
    for (std::size_t i = 10'000; i < 10'150; ++i) samples[i].label.number = random.uniform() < 0.5 ? 1 : 0;
    auto recipe = graded();
    auto responding = learner_of(recipe, 20);
    recipe.policy = "none";
    auto idle = learner_of(recipe, 20);
    (void)test::learn_all(responding, samples);
    (void)test::learn_all(idle, samples);
    EXPECT_GT(test::metric(responding, "accuracy"), test::metric(idle, "accuracy") - 0.006) << seed;
  }
}

// What a member costs at the next sample, and what became of it.
struct Script {
  double loss = 1;
  int learned = 0;
  std::uint64_t id = 0;
  bool gone = false;
};

// A member whose losses the test says.
class ScriptedMember final : public Member {
 public:
  explicit ScriptedMember(Script& script) : script_(script) {}
  ScriptedMember(const ScriptedMember&) = delete;
  ScriptedMember& operator=(const ScriptedMember&) = delete;
  ~ScriptedMember() override { script_.gone = true; }

  void predict(const Features& /*x*/, Prediction& /*out*/) override {}
  [[nodiscard]] double evaluate(double /*target*/) override { return script_.loss; }
  Lesson learn(const Features& /*x*/, double /*target*/, double /*weight*/, const StepClock& /*now*/) override {
    ++script_.learned;
    return {};
  }
  [[nodiscard]] std::uint64_t in_batch() const override { return 0; }
  void join_batch(std::uint64_t /*learned*/) override {}
  [[nodiscard]] double rate(const StepClock& /*now*/) const override { return 0; }
  [[nodiscard]] const RateControl& rate_control() const override { throw std::logic_error("it has none"); }
  [[nodiscard]] const Controls& controls() const override { throw std::logic_error("it has none"); }
  [[nodiscard]] std::vector<LayerStatus> layers(const StepClock& /*now*/) const override { return {}; }
  void begin(const StepClock& /*now*/) override {}
  void restart(const StepClock& /*now*/, double /*warmup_updates*/) override {}
  bool bump(const StepClock& /*now*/, double /*factor*/, double /*max_lr*/, double /*stretch*/) override { return false; }
  void cycle(const StepClock& /*now*/, double /*factor*/, double /*period*/) override {}
  void end_cycle() override {}
  void pin(std::optional<double> /*lr*/) override {}
  void forget(double /*fraction*/) override {}
  void grow_classes(std::size_t /*classes*/) override {}
  void remap_features(const IndexMap& /*from*/) override {}
  [[nodiscard]] std::vector<NamedTensor> tensors() const override { return {}; }
  [[nodiscard]] std::span<const double> scores() const override { return {}; }
  [[nodiscard]] std::size_t parameters() const override { return 0; }
  void append_weights(std::vector<double>& /*to*/) const override {}
  void take_weights(std::span<const double>& /*from*/) override {}
  [[nodiscard]] double rate_factor() const override { return 1; }
  void save_model(ByteWriter& out) const override { out.put(script_.id); }
  void load_model(ByteReader& in) override { in.get_into(script_.id); }
  void save_optimizer(ByteWriter& /*out*/) const override {}
  void load_optimizer(ByteReader& /*in*/) override {}
  void save_rate(ByteWriter& /*out*/) const override {}
  void load_rate(ByteReader& /*in*/, const StepClock& /*now*/) override {}
  void save_controls(ByteWriter& /*out*/) const override {}
  void load_controls(ByteReader& /*in*/, bool /*same_shape*/) override {}

 private:
  Script& script_;
};

std::unique_ptr<Member> member(Script& script) { return std::make_unique<ScriptedMember>(script); }

// Without fading a member's loss is that of the newest sample.
TrialSpec forgetful(std::uint64_t earliest = 1) { return {.samples = 1000, .earliest = earliest, .fade = 0, .memory = 5}; }

Trial begun(TrialRole role, const TrialSpec& spec = forgetful()) {
  Trial trial(spec);
  trial.begin(role);
  return trial;
}

void learn_one(Trial& trial, double champion_loss, double cap = 10) { trial.learn({}, 0, 1, {}, champion_loss, cap); }

constexpr auto just_below = [](double value) { return std::nextafter(value, -1); };

TEST(Trial, SwapsOnlyWhatIsBetterByMoreThanTwoPerCent) {
  Script champion;
  Script fresh{.loss = 0.98};
  auto served = member(champion);
  auto trial = begun(TrialRole::before);
  trial.add(TrialRole::fresh, member(fresh));
  learn_one(trial, 1);
  EXPECT_EQ(trial.swap(served), std::nullopt);
  fresh.loss = just_below(0.98);
  learn_one(trial, 1);
  EXPECT_EQ(trial.swap(served), TrialRole::fresh);
  EXPECT_EQ(trial.champion_role(), TrialRole::fresh);
  EXPECT_EQ(served->evaluate(0), fresh.loss);
  EXPECT_TRUE(trial.has(TrialRole::before)) << "the former champion is a challenger now";
  EXPECT_FALSE(trial.has(TrialRole::fresh));
}

TEST(Trial, SwapsNothingBeforeItsEarliestSampleNorAsSoonAfterASwap) {
  Script champion;
  Script restart{.loss = 0.5};
  Script fresh{.loss = 0.6};
  auto served = member(champion);
  auto trial = begun(TrialRole::before, forgetful(3));
  trial.add(TrialRole::restart, member(restart));
  trial.add(TrialRole::fresh, member(fresh));
  const auto swapped = [&](double champion_loss) {
    learn_one(trial, champion_loss);
    return trial.swap(served);
  };
  EXPECT_EQ(swapped(1), std::nullopt);
  EXPECT_EQ(swapped(1), std::nullopt);
  EXPECT_EQ(swapped(1), TrialRole::restart);
  EXPECT_EQ(swapped(1), std::nullopt);
  EXPECT_EQ(swapped(1), std::nullopt);
  EXPECT_EQ(swapped(1), TrialRole::fresh);
  EXPECT_EQ(fresh.learned, 6) << "each learns every sample";
  EXPECT_EQ(champion.learned, 3) << "but for the champion, which learns elsewhere";
}

TEST(Trial, TakesTheBestOfSeveralAndOfEqualsTheFirst) {
  for (const auto& [second, expected] : {std::pair(0.5, TrialRole::restart), {just_below(0.5), TrialRole::fresh}}) {
    Script champion;
    Script restart{.loss = 0.5};
    Script fresh{.loss = second};
    auto served = member(champion);
    auto trial = begun(TrialRole::before);
    trial.add(TrialRole::restart, member(restart));
    trial.add(TrialRole::fresh, member(fresh));
    learn_one(trial, 1);
    EXPECT_EQ(trial.swap(served), expected);
  }
}

TEST(Trial, GoesBackFromAResponseThatDoesHarmAndTriesItNoSecondTime) {
  Script champion;
  Script restart{.loss = 0.5};
  auto served = member(champion);
  auto trial = begun(TrialRole::before);
  trial.add(TrialRole::restart, member(restart));
  learn_one(trial, 1);
  ASSERT_EQ(trial.swap(served), TrialRole::restart);
  champion.loss = 0.98;
  learn_one(trial, 1);
  EXPECT_EQ(trial.swap(served), std::nullopt) << "not better by more than two per cent";
  champion.loss = just_below(0.98);
  learn_one(trial, 1);
  EXPECT_EQ(trial.swap(served), TrialRole::before);
  for (int i = 0; i < 10; ++i) {
    learn_one(trial, 1);
    EXPECT_EQ(trial.swap(served), std::nullopt);
  }
}

TEST(Trial, BeginsTheFadedLossOfEachAtNothing) {
  Script champion;
  Script fresh{.loss = 0.9};
  auto served = member(champion);
  Trial trial({.samples = 1000, .earliest = 1, .fade = 0.5, .memory = 5});
  trial.begin(TrialRole::before);
  trial.add(TrialRole::fresh, member(fresh));
  learn_one(trial, 1);
  EXPECT_EQ(trial.swap(served), TrialRole::fresh);
}

TEST(Trial, CountsAnExtremeLossAsTheMostThatOneSampleMayCost) {
  auto trial = begun(TrialRole::before);
  EXPECT_EQ(trial.mean_loss(), std::nullopt);
  EXPECT_EQ(trial.mean_loss_without_response(), std::nullopt);
  learn_one(trial, 5);
  EXPECT_EQ(trial.mean_loss(), 5);
  EXPECT_EQ(trial.mean_loss_without_response(), 5) << "nothing was done yet";
  for (const double loss : {std::nan(""), std::numeric_limits<double>::infinity(), 1000.0, -1000.0}) learn_one(trial, loss);
  EXPECT_EQ(trial.mean_loss(), (5 + 10 + 10 + 10 - 10) / 5.0);
}

TEST(Trial, KnowsWhatNoResponseWouldHaveCost) {
  Script before{.loss = 3};
  auto trial = begun(TrialRole::bump);
  EXPECT_EQ(trial.take_before(), nullptr);
  learn_one(trial, 1);
  EXPECT_EQ(trial.mean_loss_without_response(), std::nullopt) << "no copy runs beside";
  trial.begin(TrialRole::bump);
  trial.add(TrialRole::before, member(before));
  learn_one(trial, 1);
  before.loss = 4;
  learn_one(trial, 2);
  EXPECT_EQ(trial.mean_loss(), 1.5);
  EXPECT_EQ(trial.mean_loss_without_response(), 3.5);
  EXPECT_NE(trial.take_before(), nullptr);
}

// The others cost time for nothing.
TEST(Trial, KeepsTheBestArchivedChampionFromItsEarliestSampleOn) {
  const auto kept = [](const std::array<double, 4>& losses) {
    std::array<Script, 4> memories;
    Script fresh{.loss = 9};
    auto trial = begun(TrialRole::before, forgetful(2));
    for (std::size_t i = 0; i < memories.size(); ++i) {
      memories[i].loss = losses[i];
      trial.add(TrialRole::memory, member(memories[i]));
    }
    trial.add(TrialRole::fresh, member(fresh));
    learn_one(trial, 0);
    for (const auto& one : memories) EXPECT_FALSE(one.gone) << "not yet";
    learn_one(trial, 0);
    EXPECT_FALSE(fresh.gone);
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < memories.size(); ++i) {
      if (!memories[i].gone) out.push_back(i);
    }
    // Of what is kept, nothing goes later.
    for (int i = 0; i < 5; ++i) learn_one(trial, 0);
    EXPECT_TRUE(trial.has(TrialRole::memory));
    return out;
  };
  EXPECT_THAT(kept({3, 2, 1, 4}), ::testing::ElementsAre(2));
  EXPECT_THAT(kept({1, 2, 3, 4}), ::testing::ElementsAre(0));
  EXPECT_THAT(kept({4, 3, 2, 1}), ::testing::ElementsAre(3));
  EXPECT_THAT(kept({2, 1, 1, 2}), ::testing::ElementsAre(1)) << "of equals the first";
}

TEST(Trial, GoesOnWhereItWasSaved) {
  std::array<Script, 2> scripts = {Script{.loss = 0.5, .id = 7}, Script{.loss = 0.4, .id = 8}};
  auto trial = begun(TrialRole::bump);
  trial.add(TrialRole::before, member(scripts[0]));
  trial.add(TrialRole::memory, member(scripts[1]));
  learn_one(trial, 1);
  learn_one(trial, 2);
  std::array<Script, 3> again;
  std::size_t made = 0;
  Trial loaded(forgetful());
  const auto bytes = test::saved(trial);
  ByteReader in(bytes);
  loaded.load(in, [&] { return member(again.at(made++)); }, {});
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(made, 2U);
  EXPECT_EQ(again[0].id, 7U);
  EXPECT_EQ(again[1].id, 8U);
  EXPECT_EQ(loaded.champion_role(), TrialRole::bump);
  EXPECT_EQ(loaded.mean_loss(), 1.5);
  EXPECT_EQ(loaded.mean_loss_without_response(), 0.5);
  EXPECT_EQ(test::saved(loaded), bytes);
}

TEST(Trial, RefusesARoleThatThereIsNot) {
  ByteWriter out;
  for (int i = 0; i < 3; ++i) out.put<double>(0);
  out.put(static_cast<std::uint8_t>(trial_roles));
  for (int i = 0; i < 2; ++i) out.put<std::uint64_t>(0);
  out.put<std::uint32_t>(0);
  out.put<std::uint64_t>(0);
  ByteReader in(out.bytes());
  Trial trial(forgetful());
  trial.load(in, [] { return std::unique_ptr<Member>(); }, {});
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(trial.champion_role(), TrialRole::before);
}

}  // namespace
}  // namespace rekindle
