#include "connectors/kafka/partition_table.hpp"

#include <gtest/gtest.h>

namespace rekindle::kafka {
namespace {

TEST(PartitionState, TakesEachOffsetOnce) {
  PartitionTable table;
  auto& state = table.add("samples", 0, 5, -1);
  EXPECT_FALSE(state.accept(4));
  EXPECT_TRUE(state.accept(5));
  EXPECT_FALSE(state.accept(5));
  EXPECT_TRUE(state.accept(6));
  EXPECT_EQ(state.next, 7);
  EXPECT_EQ(state.duplicates, 2U);
  EXPECT_EQ(state.missing, 0U);
}

TEST(PartitionState, CountsGapsButGoesOn) {
  PartitionTable table;
  auto& state = table.add("samples", 0, 0, -1);
  EXPECT_TRUE(state.accept(0));
  EXPECT_TRUE(state.accept(4));
  EXPECT_EQ(state.missing, 3U);
  EXPECT_EQ(state.next, 5);
}

TEST(PartitionState, StopsAtItsEnd) {
  PartitionTable table;
  auto& state = table.add("samples", 0, 0, 2);
  EXPECT_FALSE(table.all_at_end());
  EXPECT_TRUE(state.accept(0));
  EXPECT_TRUE(state.accept(1));
  EXPECT_TRUE(table.all_at_end());
  EXPECT_FALSE(state.accept(2));
}

TEST(PartitionState, IsAtItsEndWhenTheLastRecordIsGone) {
  PartitionTable table;
  auto& state = table.add("samples", 0, 0, 2);
  EXPECT_TRUE(state.accept(0));
  EXPECT_FALSE(state.accept(3));  // Offset 1 was a marker.
  EXPECT_TRUE(table.all_at_end());
}

TEST(PartitionState, TakesNothingWhileHeld) {
  PartitionTable table;
  auto& state = table.add("samples", 0, 0, -1);
  state.held = true;
  EXPECT_FALSE(state.accept(0));
  EXPECT_EQ(state.next, 0);
  EXPECT_EQ(state.duplicates, 0U);
}

TEST(PartitionTable, FindsByTopicAndPartition) {
  PartitionTable table;
  table.add("b", 1, 10, -1);
  table.add("a", 2, 20, -1);
  table.add("a", 1, 30, -1);
  EXPECT_EQ(table.find("a", 1)->next, 30);
  EXPECT_EQ(table.find("a", 1)->next, 30);
  EXPECT_EQ(table.find("b", 1)->next, 10);
  EXPECT_EQ(table.find("b", 2), nullptr);
  EXPECT_EQ(table.all()[0].topic, "a");
  EXPECT_EQ(table.all()[0].partition, 1);
}

}  // namespace
}  // namespace rekindle::kafka
