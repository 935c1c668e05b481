#include "data/position.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Position, KeepsOneEntryForEachPartitionSorted) {
  Position position;
  position.set("b", 1, 10);
  position.set("a", 2, 20);
  position.set("b", 0, 30);
  position.set("b", 1, 11);
  ASSERT_EQ(position.all().size(), 3U);
  EXPECT_EQ(position.all()[0], (PartitionPosition{"a", 2, 20}));
  EXPECT_EQ(position.all()[1], (PartitionPosition{"b", 0, 30}));
  EXPECT_EQ(position.all()[2], (PartitionPosition{"b", 1, 11}));
  EXPECT_EQ(position.find("b", 2), nullptr);
  EXPECT_EQ(position.find("b", 1)->next, 11);
}

}  // namespace
}  // namespace rekindle
