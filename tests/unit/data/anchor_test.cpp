#include "data/anchor.hpp"

#include <gmock/gmock.h>

#include "support/choices.hpp"

namespace rekindle {
namespace {

Anchors three() {
  Anchors anchors;
  anchors.set("b", 1, 10, 100);
  anchors.set("a", 7, 20, 200);
  anchors.set("b", 0, 30, 300);
  return anchors;
}

TEST(Anchors, AreFoundByTopicAndPartitionOnly) {
  const auto anchors = three();
  ASSERT_NE(anchors.find("b", 0), nullptr);
  EXPECT_EQ(anchors.find("b", 0)->offset, 30);
  EXPECT_EQ(anchors.find("b", 0)->checksum, 300U);
  EXPECT_EQ(anchors.find("b", 1)->offset, 10);
  EXPECT_EQ(anchors.find("a", 7)->offset, 20);
  for (const auto& [topic, partition] : {std::pair("a", 6), {"a", 8}, {"b", 2}, {"aa", 7}, {"c", 0}}) {
    EXPECT_EQ(anchors.find(topic, partition), nullptr) << topic << " " << partition;
  }
  EXPECT_TRUE(Anchors().empty());
  EXPECT_FALSE(anchors.empty());
}

TEST(Anchors, ANewerOneTakesThePlace) {
  auto anchors = three();
  anchors.set("b", 1, 11, 101);
  EXPECT_EQ(anchors.find("b", 1)->offset, 11);
  EXPECT_EQ(anchors.find("b", 1)->checksum, 101U);
  EXPECT_EQ(anchors.find("b", 0)->offset, 30);
}

TEST(Anchors, AreTheSameBytesInWhateverOrderTheyCame) {
  Anchors other;
  other.set("b", 0, 30, 300);
  other.set("b", 1, 9, 99);
  other.set("b", 1, 10, 100);
  other.set("a", 7, 20, 200);
  EXPECT_EQ(test::saved(other), test::saved(three()));
}

TEST(Anchors, ComeBackWholeOrNotAtAll) {
  const auto bytes = test::saved(three());
  Anchors back;
  back.set("gone", 0, 1, 1);
  EXPECT_TRUE(test::load_from(bytes, back));
  EXPECT_EQ(test::saved(back), bytes);
  EXPECT_EQ(back.find("gone", 0), nullptr);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Anchors cut;
    EXPECT_FALSE(test::load_from({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, cut)) << size;
  }
}

TEST(AnchorChecksum, KnowsARecordByItsValueAndItsTime) {
  const auto one = anchor_checksum("value", 1'700'000'000'000);
  EXPECT_EQ(anchor_checksum("value", 1'700'000'000'000), one);
  EXPECT_NE(anchor_checksum("value", 1'700'000'000'001), one);
  EXPECT_NE(anchor_checksum("valuf", 1'700'000'000'000), one);
}

}  // namespace
}  // namespace rekindle
