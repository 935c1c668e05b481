#include "learner/label_join.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <map>

namespace rekindle {
namespace {

using testing::ElementsAre;

constexpr std::int64_t timeout_ms = 1000;

LateLabelSpec spec(std::optional<std::string> on_timeout = std::nullopt, std::uint64_t bytes = 1 << 20) {
  return {.on = true, .timeout_ms = timeout_ms, .bytes = bytes, .on_timeout = std::move(on_timeout)};
}

std::vector<std::byte> bytes_of(std::size_t size, int fill = 1) { return std::vector<std::byte>(size, static_cast<std::byte>(fill)); }

LateLabelStatus status_of(const LabelJoin& join) {
  LateLabelStatus status;
  join.report(status);
  return status;
}

std::uint64_t pass(LabelJoin& join, std::int64_t time_ms) {
  join.advance(time_ms);
  std::uint64_t timed_out = 0;
  while (join.next_timed_out()) ++timed_out;
  return timed_out;
}

std::pair<std::vector<std::byte>, std::vector<std::byte>> saved(const LabelJoin& join) {
  ByteWriter state;
  join.save(state);
  ByteWriter times;
  join.save_times(times);
  return {{state.bytes().begin(), state.bytes().end()}, {times.bytes().begin(), times.bytes().end()}};
}

LabelJoin loaded(const LateLabelSpec& spec, const std::pair<std::vector<std::byte>, std::vector<std::byte>>& from) {
  LabelJoin join(spec);
  ByteReader state(from.first);
  join.load(state);
  ByteReader times(from.second);
  join.load_times(times);
  EXPECT_TRUE(state.ok() && state.at_end() && times.ok() && times.at_end());
  return join;
}

TEST(LabelJoin, ALabelFindsItsSampleAndASecondOneIsADuplicate) {
  LabelJoin join(spec());
  EXPECT_TRUE(join.hold("a", 0, bytes_of(10)));
  EXPECT_EQ(status_of(join).waiting, 1U);
  const auto match = join.take("a", 500, 1);
  EXPECT_EQ(match.came, LabelJoin::Came::matched);
  EXPECT_EQ(match.sample, bytes_of(10));
  EXPECT_EQ(join.take("a", 600, 1).came, LabelJoin::Came::duplicate);
  const auto status = status_of(join);
  EXPECT_THAT(status.labels, ElementsAre(1, 0, 0, 1, 0));
  EXPECT_EQ(status.waiting, 0U);
  EXPECT_DOUBLE_EQ(status.delay_sum_seconds, 0.5);
}

TEST(LabelJoin, ALabelMayComeFirst) {
  LabelJoin join(spec());
  EXPECT_EQ(join.take("a", 100, 1).came, LabelJoin::Came::waits);
  EXPECT_EQ(join.take("a", 100, 0).came, LabelJoin::Came::duplicate);
  EXPECT_EQ(status_of(join).early, 1U);
  EXPECT_EQ(join.take_label("a", 200), 1.0);
  EXPECT_FALSE(join.take_label("a", 200));
  EXPECT_THAT(status_of(join).labels, ElementsAre(1, 0, 0, 1, 0));
}

TEST(LabelJoin, ASampleThatBroughtItsLabelSettlesItsId) {
  LabelJoin join(spec());
  join.settle("");
  EXPECT_EQ(status_of(join).waiting, 0U);
  join.settle("a");
  EXPECT_EQ(join.take("a", 100, 1).came, LabelJoin::Came::duplicate);
  EXPECT_FALSE(join.hold("a", 100, bytes_of(10)));

  EXPECT_EQ(join.take("early", 100, 1).came, LabelJoin::Came::waits);
  join.settle("early");
  EXPECT_FALSE(join.take_label("early", 200)) << "the sample had a label of its own, and the early one is a second";
  EXPECT_THAT(status_of(join).labels, ElementsAre(0, 0, 0, 2, 0));

  EXPECT_TRUE(join.hold("waits", 300, bytes_of(10)));
  join.settle("waits");
  EXPECT_EQ(status_of(join).waiting, 0U);
  EXPECT_EQ(join.take("waits", 400, 1).came, LabelJoin::Came::duplicate);
}

TEST(LabelJoin, SamplesOfOtherFeaturesAreLetGoAndTheirLabelsAreLate) {
  LabelJoin join(spec());
  (void)join.hold("a", 0, bytes_of(10));
  (void)join.hold("b", 0, bytes_of(10));
  (void)join.take("label", 0, 1);
  EXPECT_EQ(join.let_samples_go(), 2U);
  EXPECT_EQ(status_of(join).waiting, 0U);
  EXPECT_EQ(join.let_samples_go(), 0U);
  const auto match = join.take("a", 100, 1);
  EXPECT_EQ(match.came, LabelJoin::Came::late);
  EXPECT_TRUE(match.sample.empty());
  EXPECT_EQ(join.take_label("label", 100), 1.0) << "a label says nothing of features";
}

TEST(LabelJoin, WhatHasNoPartnerInTimeIsCounted) {
  LabelJoin join(spec());
  (void)join.hold("sample", 0, bytes_of(10));
  (void)join.take("label", 0, 1);
  EXPECT_EQ(pass(join, timeout_ms), 0U) << "the last moment is in time";
  EXPECT_EQ(pass(join, timeout_ms + 1), 1U);
  EXPECT_EQ(join.take("sample", timeout_ms + 1, 1).came, LabelJoin::Came::late);
  const auto status = status_of(join);
  EXPECT_THAT(status.labels, ElementsAre(0, 1, 1, 0, 0));
  EXPECT_THAT(status.unlabelled, ElementsAre(1, 0, 0));
}

TEST(LabelJoin, WhatTimedOutIsGivenTwiceWhereItIsLearned) {
  LabelJoin join(spec("0"));
  (void)join.hold("a", 0, bytes_of(10));
  join.advance(timeout_ms + 1);
  const auto timed_out = join.next_timed_out();
  ASSERT_TRUE(timed_out);
  EXPECT_TRUE(timed_out->learn);
  EXPECT_EQ(timed_out->sample.size(), 10U);
  EXPECT_FALSE(join.next_timed_out());
  const auto match = join.take("a", 2 * timeout_ms, 1);
  EXPECT_EQ(match.came, LabelJoin::Came::late);
  EXPECT_EQ(match.sample, bytes_of(10));
  EXPECT_EQ(join.take("a", 2 * timeout_ms, 1).came, LabelJoin::Came::duplicate);
}

TEST(LabelJoin, AnIdIsForgottenAfterAnotherTimeout) {
  LabelJoin join(spec());
  (void)join.hold("a", 0, bytes_of(10));
  (void)join.take("a", 500, 1);
  (void)pass(join, timeout_ms + 1);
  EXPECT_EQ(status_of(join).bytes, 0U);
  EXPECT_EQ(join.take("a", 2000, 1).came, LabelJoin::Came::waits);
}

TEST(LabelJoin, SettledIdsMakeRoomFirstThenTheOldest) {
  LabelJoin join(spec(std::nullopt, 4096));
  (void)join.hold("settled", 5, bytes_of(100));
  (void)join.take("settled", 6, 1);
  for (int i = 0; i < 4; ++i) (void)join.hold(fmt::format("{}", i), 10 - i, bytes_of(1000));
  EXPECT_EQ(join.take_evicted(), 1U);
  EXPECT_EQ(join.take_evicted(), 0U);
  EXPECT_EQ(join.take("2", 20, 1).came, LabelJoin::Came::matched);
  EXPECT_EQ(join.take("3", 20, 1).came, LabelJoin::Came::waits) << "the oldest by event time";
  EXPECT_EQ(join.take("settled", 20, 1).came, LabelJoin::Came::waits) << "it was let go for the samples";
  EXPECT_LE(status_of(join).bytes, 4096U);
}

TEST(LabelJoin, ASecondSampleOfAnIdDoesNotReplaceTheFirst) {
  LabelJoin join(spec());
  (void)join.hold("a", 0, bytes_of(10, 1));
  EXPECT_FALSE(join.hold("a", 0, bytes_of(10, 2)));
  EXPECT_EQ(join.take("a", 1, 1).sample, bytes_of(10, 1));
  EXPECT_THAT(status_of(join).unlabelled, ElementsAre(0, 0, 1));
}

// Every entry counts 256 bytes beside its id and its sample.
TEST(LabelJoin, WhatFitsTheBoundToTheLastByteStays) {
  constexpr std::uint64_t sample_bytes = 256 + 2 + 10;
  LabelJoin exact(spec(std::nullopt, sample_bytes));
  (void)exact.hold("id", 0, bytes_of(10));
  EXPECT_EQ(exact.take_evicted(), 0U);
  EXPECT_EQ(status_of(exact).bytes, sample_bytes);
  LabelJoin narrow(spec(std::nullopt, sample_bytes - 1));
  (void)narrow.hold("id", 0, bytes_of(10));
  EXPECT_EQ(narrow.take_evicted(), 1U);
  EXPECT_EQ(status_of(narrow).bytes, 0U);

  LabelJoin settled(spec(std::nullopt, 256 + 2));
  settled.settle("id");
  EXPECT_EQ(settled.take("id", 0, 1).came, LabelJoin::Came::duplicate) << "the id is known still";
  LabelJoin forgetful(spec(std::nullopt, 256 + 1));
  forgetful.settle("id");
  EXPECT_EQ(status_of(forgetful).bytes, 0U);
}

TEST(LabelJoin, ALabelThatDoesNotComeAfterItsSampleHasNoDelay) {
  LabelJoin join(spec());
  (void)join.take("early", 100, 1);
  EXPECT_TRUE(join.take_label("early", 900));
  (void)join.hold("at once", 500, bytes_of(10));
  (void)join.take("at once", 500, 1);
  (void)join.hold("later", 500, bytes_of(10));
  (void)join.take("later", 2500, 1);
  const auto status = status_of(join);
  EXPECT_EQ(status.delay_sum_seconds, 2);
  EXPECT_EQ(status.delays[0], 2U) << "of up to a second";
  EXPECT_EQ(status.delays[1], 1U);
}

// The targets that a state keeps, in the order in which the ids came into their present kind.
std::vector<double> saved_targets(const LabelJoin& join) {
  const auto bytes = saved(join).first;
  ByteReader in(bytes);
  for (int i = 0; i < 5 + 3; ++i) (void)in.get<std::uint64_t>();  // What was counted.
  std::vector<double> out;
  for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
    (void)in.get_string();
    (void)in.get<std::uint8_t>();
    out.push_back(in.get<double>());
    (void)in.get_array<std::byte>();
  }
  EXPECT_TRUE(in.ok() && in.at_end());
  return out;
}

TEST(LabelJoin, OnlyALabelThatWaitsIsKept) {
  LabelJoin join(spec());
  join.settle("with its label");
  (void)join.hold("waits", 0, bytes_of(10));
  (void)join.take("early", 0, 7);
  EXPECT_THAT(saved_targets(join), ElementsAre(0, 0, 7));
  EXPECT_EQ(join.take_label("early", 10), 7.0);
  EXPECT_THAT(saved_targets(join), ElementsAre(0, 0, 0)) << "it was given to its sample";
}

TEST(LabelJoin, CountsWhatWaitsAfterALoadAsBefore) {
  LabelJoin join(spec());
  for (const auto* id : {"a", "b", "c"}) (void)join.hold(id, 0, bytes_of(10));
  for (const auto* id : {"d", "e"}) (void)join.take(id, 0, 1);
  (void)join.take("c", 1, 1);
  auto again = loaded(spec(), saved(join));
  EXPECT_EQ(status_of(again).waiting, 2U);
  EXPECT_EQ(status_of(again).early, 2U);
  EXPECT_EQ(status_of(again).bytes, status_of(join).bytes);
  (void)again.take("a", 2, 1);
  (void)again.take_label("d", 2);
  EXPECT_EQ(status_of(again).waiting, 1U);
  EXPECT_EQ(status_of(again).early, 1U);
}

TEST(LabelJoin, DamagedBytesAreRefused) {
  LabelJoin join(spec());
  (void)join.hold("a", 0, bytes_of(10));
  const auto state = saved(join);
  for (std::size_t size = 0; size < state.first.size(); ++size) {
    LabelJoin other(spec());
    ByteReader in(std::span(state.first).first(size));
    other.load(in);
    EXPECT_FALSE(in.ok() && in.at_end()) << size;
  }
}

// One step of a random history.
struct Step {
  bool label = false;
  int id = 0;
  int later_ms = 0;
};

}  // namespace
}  // namespace rekindle

namespace rc {
template <>
struct Arbitrary<rekindle::Step> {
  static Gen<rekindle::Step> arbitrary() {
    return gen::build<rekindle::Step>(gen::set(&rekindle::Step::label), gen::set(&rekindle::Step::id, gen::inRange(0, 12)),
                                      gen::set(&rekindle::Step::later_ms, gen::inRange(0, 400)));
  }
};
}  // namespace rc

namespace rekindle {
namespace {

void go(LabelJoin& join, const Step& step, std::int64_t& now) {
  now += step.later_ms;
  (void)pass(join, now);
  const auto id = fmt::format("{}", step.id);
  if (step.label) {
    (void)join.take(id, now, step.id % 2);
  } else if (!join.take_label(id, now)) {
    (void)join.hold(id, now, bytes_of(static_cast<std::size_t>(20 + step.id)));
  }
  (void)join.take_evicted();
}

TEST(LabelJoinProperties, EveryRecordIsCountedOnceAndTheBoundHolds) {
  EXPECT_TRUE(rc::check([](const std::vector<Step>& steps, bool learns, bool narrow) {
    const std::uint64_t limit = narrow ? 1500 : 1 << 20;
    LabelJoin join(spec(learns ? std::optional<std::string>("0") : std::nullopt, limit));
    std::int64_t now = 0;
    std::uint64_t samples = 0;
    std::uint64_t labels = 0;
    for (const auto& step : steps) {
      go(join, step, now);
      ++(step.label ? labels : samples);
      const auto status = status_of(join);
      RC_ASSERT(status.bytes <= limit);
      const auto& [matched, late, unmatched, duplicate, unusable] = status.labels;
      const auto& [timed_out, evicted, repeated] = status.unlabelled;
      RC_ASSERT(matched + late + unmatched + duplicate + unusable + status.early == labels);
      RC_ASSERT(matched + timed_out + evicted + repeated + status.waiting == samples);
    }
  }));
}

TEST(LabelJoinProperties, SavedAndLoadedAnywhereItGoesOnTheSame) {
  EXPECT_TRUE(rc::check([](const std::vector<Step>& steps, bool learns, bool narrow) {
    const auto with = spec(learns ? std::optional<std::string>("0") : std::nullopt, narrow ? 1500 : 1 << 20);
    LabelJoin whole(with);
    LabelJoin parts(with);
    std::int64_t now = 0;
    std::int64_t now_too = 0;
    for (const auto& step : steps) {
      go(whole, step, now);
      parts = loaded(with, saved(parts));
      go(parts, step, now_too);
    }
    RC_ASSERT(saved(whole) == saved(parts));
    RC_ASSERT(status_of(whole).bytes == status_of(parts).bytes);
  }));
}

}  // namespace
}  // namespace rekindle
