#include "learner/held_sample.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

using ::testing::ElementsAre;

std::vector<std::byte> written(const Sample& sample, const Prediction& prediction = {}, const std::vector<double>& scores = {}) {
  ByteWriter out;
  HeldSample::write(sample, prediction, scores, out);
  return {out.bytes().begin(), out.bytes().end()};
}

TEST(HeldSample, GivesBackAllThatALessonNeeds) {
  Sample sample;
  sample.values = {1.5, missing_value, -2};
  sample.sparse = {{3, 0.5}, {70, -1}, {4'000'000'000, 2}};
  sample.categories = {"red", "", "square"};
  sample.incumbent = {Label::Kind::text, 0, "old"};
  sample.weight = 2.5;
  sample.offset = -0.75;
  HeldSample held;
  ASSERT_TRUE(held.read(written(sample, {1, {0.25, 0.75}}, {1.0986}), 1234));
  const auto& back = held.sample();
  EXPECT_THAT(back.values, ElementsAre(1.5, ::testing::IsNan(), -2));
  ASSERT_EQ(back.sparse.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back.sparse[i].index, sample.sparse[i].index);
    EXPECT_EQ(back.sparse[i].value, sample.sparse[i].value);
  }
  EXPECT_THAT(back.categories, ElementsAre("red", "", "square"));
  EXPECT_EQ(back.incumbent.kind, Label::Kind::text);
  EXPECT_EQ(back.incumbent.text, "old");
  EXPECT_EQ(back.weight, 2.5);
  EXPECT_EQ(back.offset, -0.75);
  EXPECT_EQ(back.time_ms, 1234);
  EXPECT_EQ(held.prediction().value, 1);
  EXPECT_THAT(held.prediction().probabilities, ElementsAre(0.25, 0.75));
  EXPECT_THAT(held.scores(), ElementsAre(1.0986));
}

TEST(HeldSample, KeepsNothingOfTheOneBefore) {
  Sample full;
  full.values = {1};
  full.sparse = {{3, 0.5}};
  full.categories = {"red"};
  full.incumbent = {Label::Kind::text, 0, "old"};
  HeldSample held;
  ASSERT_TRUE(held.read(written(full, {1, {0.5, 0.5}}, {1}), 1));
  ASSERT_TRUE(held.read(written({}), 2));
  EXPECT_TRUE(held.sample().values.empty());
  EXPECT_TRUE(held.sample().sparse.empty());
  EXPECT_TRUE(held.sample().categories.empty());
  EXPECT_EQ(held.sample().incumbent.kind, Label::Kind::absent);
  EXPECT_EQ(held.sample().incumbent.text, "");
  EXPECT_EQ(held.sample().weight, 1);
  EXPECT_TRUE(held.prediction().probabilities.empty());
  EXPECT_TRUE(held.scores().empty());
}

// The text of a label that is a number belongs to a record that may be gone.
TEST(HeldSample, KeepsTheTextOfATextLabelOnly) {
  Sample sample;
  sample.incumbent = {Label::Kind::number, 0.5, "stale"};
  HeldSample held;
  ASSERT_TRUE(held.read(written(sample), 0));
  EXPECT_EQ(held.sample().incumbent.kind, Label::Kind::number);
  EXPECT_EQ(held.sample().incumbent.number, 0.5);
  EXPECT_EQ(held.sample().incumbent.text, "");
}

TEST(HeldSample, RefusesBytesThatAreCutOffOrTooMany) {
  Sample sample;
  sample.values = {1};
  sample.categories = {"red"};
  auto bytes = written(sample, {1, {0.5, 0.5}}, {0});
  HeldSample held;
  EXPECT_FALSE(held.read(std::span(bytes).first(bytes.size() - 1), 0));
  bytes.push_back({});
  EXPECT_FALSE(held.read(bytes, 0));
}

}  // namespace
}  // namespace rekindle
