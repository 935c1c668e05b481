#include "learner/archive.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

std::unique_ptr<Member> champion(std::size_t features) {
  Recipe recipe;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  const auto spec = test::spec_of(recipe);
  return make_member(spec.member, Task::binary, spec.inputs(features), 2, 1);
}

// After how many learned samples the two newest images were taken.
std::vector<std::uint64_t> times_of_images(std::size_t features, std::uint64_t samples) {
  const auto member = champion(features);
  std::vector<std::uint64_t> out;
  Archive archive(3);
  StepClock now;
  member->begin(now);
  Features x;
  for (auto& value : x.resize<float>(features)) value = 1;
  Prediction prediction;
  std::vector<std::byte> before;
  for (std::uint64_t learned = 1; learned <= samples; ++learned) {
    member->predict(x, prediction);
    (void)member->learn(x, 1, 1, now);
    archive.observe(*member, learned);
    ByteWriter state;
    if (learned % Archive::least_spacing != 0) continue;
    archive.save(state);
    if (!std::ranges::equal(state.bytes(), before)) out.push_back(learned);
    before.assign(state.bytes().begin(), state.bytes().end());
  }
  return out;
}

TEST(Archive, TakesASmallModelsImageEvery256Samples) { EXPECT_THAT(times_of_images(10, 1100), testing::ElementsAre(256, 512, 768, 1024)); }

TEST(Archive, TakesALargeModelsImageLessOften) {
  // 400 KB of weights and as much in the guard's snapshot: 800 KB are copied, 512 bytes a sample.
  const auto times = times_of_images(100'000, 4096);
  ASSERT_GE(times.size(), 2U);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], 781U);
  EXPECT_LE(times.size(), 5U);
}

TEST(Archive, PutsAwayTheOneBeforeTheNewest) {
  const auto member = champion(2);
  Archive archive(1);
  archive.observe(*member, 256);
  const auto first = image_of(*member);
  member->pin(0.5);
  archive.observe(*member, 512);
  archive.put_away(5);
  ASSERT_EQ(archive.images().size(), 1U);
  EXPECT_EQ(archive.images()[0].rate, first.rate);
  archive.put_away(5);
  EXPECT_EQ(archive.images().size(), 1U) << "no more than it may hold";
}

TEST(Archive, KeepsNoMoreThanThereIsRoomFor) {
  const auto member = champion(2);
  Archive archive(5);
  archive.observe(*member, 256);
  for (const std::size_t kept : {1, 2, 3}) {
    archive.put_away(3);
    EXPECT_EQ(archive.images().size(), kept);
  }
  archive.put_away(3);
  EXPECT_EQ(archive.images().size(), 3U);
  archive.put_away(1);
  EXPECT_EQ(archive.images().size(), 1U);
  archive.put_away(0);
  EXPECT_TRUE(archive.images().empty());
}

// Told apart by their rate.
MemberImage image_at(Member& member, double rate) {
  member.pin(rate);
  return image_of(member);
}

std::vector<std::vector<std::byte>> rates(const Archive& archive) {
  std::vector<std::vector<std::byte>> out;
  for (const auto& one : archive.images()) out.push_back(one.rate);
  return out;
}

// Three images, of the rates 1, 2 and 3.
Archive filled(Member& member) {
  Archive archive(3);
  for (const double rate : {1, 2, 3}) {
    member.pin(rate);
    archive.start_anew();
    archive.observe(member, 256);
    archive.put_away(3);
  }
  return archive;
}

TEST(Archive, PutsNothingAwayOfAChampionThatItHasNotSeen) {
  const auto member = champion(2);
  auto archive = filled(*member);
  const auto before = rates(archive);
  ASSERT_EQ(before.size(), 3U);
  archive.start_anew();
  archive.put_away(3);
  EXPECT_EQ(rates(archive), before);
  Archive empty(2);
  empty.put_away(2);
  EXPECT_TRUE(empty.images().empty());
}

TEST(Archive, LetsTheOldestGoFirst) {
  const auto member = champion(2);
  auto archive = filled(*member);
  member->pin(4);
  archive.start_anew();
  archive.observe(*member, 256);
  archive.put_away(3);
  EXPECT_THAT(rates(archive), testing::ElementsAre(image_at(*member, 2).rate, image_at(*member, 3).rate, image_at(*member, 4).rate));
}

TEST(Archive, OfNoCapacityIsNeverDue) {
  const Archive none(0);
  EXPECT_FALSE(none.due(256));
  EXPECT_TRUE(Archive(1).due(256));
  EXPECT_FALSE(Archive(1).due(255));
}

TEST(Archive, ComesBackAsItWasSavedWithTheNewestThatFit) {
  const auto member = champion(2);
  const auto archive = filled(*member);
  Archive same(3);
  ASSERT_TRUE(test::load_from(test::saved(archive), same));
  EXPECT_EQ(rates(same), rates(archive));
  EXPECT_EQ(test::saved(same), test::saved(archive));
  Archive smaller(2);
  ASSERT_TRUE(test::load_from(test::saved(archive), smaller));
  EXPECT_THAT(rates(smaller), testing::ElementsAre(image_at(*member, 2).rate, image_at(*member, 3).rate));
  Archive none(0);
  ASSERT_TRUE(test::load_from(test::saved(archive), none));
  EXPECT_TRUE(none.images().empty());
}

}  // namespace
}  // namespace rekindle
