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

}  // namespace
}  // namespace rekindle
