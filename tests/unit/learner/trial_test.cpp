#include "learner/trial.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "support/choices.hpp"

namespace rekindle {
namespace {

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

  void expect(std::span<const SparseEntry> /*next*/) const override {}
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
