#include "app/lag_policy.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

using testing::ElementsAre;

SourceConfiguration on(OnLag policy) {
  SourceConfiguration source;
  source.on_lag = policy;
  source.lag_limit = 100;
  source.lag_k = 10;
  return source;
}

SourceStatus with_lag(std::int64_t first, std::int64_t second = 0) {
  SourceStatus status;
  status.partitions = {{"t", 0, 1000, first, std::nullopt}, {"t", 1, 500, second, std::nullopt}, {"t", 2, 0, std::nullopt, std::nullopt}};
  return status;
}

RawRecord at(std::int64_t offset) {
  RawRecord record;
  record.topic = "t";
  record.offset = offset;
  return record;
}

TEST(LagPolicy, LearnsAllWhereItIsToldNothing) {
  LagPolicy policy(on(OnLag::learn_all));
  EXPECT_EQ(policy.look(with_lag(1'000'000)), LagPolicy::Turn::none);
  EXPECT_FALSE(policy.leaves_out(at(1)));
}

TEST(LagPolicy, TakesOneOffsetInKUntilTheLagIsHalfTheLimit) {
  LagPolicy policy(on(OnLag::learn_1_in_k));
  EXPECT_EQ(policy.look(with_lag(60, 40)), LagPolicy::Turn::none);
  EXPECT_EQ(policy.look(with_lag(60, 41)), LagPolicy::Turn::begins);
  int taken = 0;
  for (std::int64_t offset = 0; offset < 100; ++offset) taken += policy.leaves_out(at(offset)) ? 0 : 1;
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(policy.look(with_lag(51)), LagPolicy::Turn::none);
  EXPECT_EQ(policy.look(with_lag(50)), LagPolicy::Turn::ends);
  EXPECT_FALSE(policy.leaves_out(at(1)));
  EXPECT_THAT(policy.skipped(), ElementsAre(90, 0));
}

TEST(LagPolicy, JumpsToTheEndsOfAllPartitions) {
  LagPolicy policy(on(OnLag::skip_to_latest));
  Position position;
  position.set("t", 0, 1000);
  position.set("t", 1, 500);
  EXPECT_EQ(policy.look(with_lag(60, 41)), LagPolicy::Turn::jump);
  const auto next = policy.jump(position, with_lag(60, 41));
  EXPECT_EQ(next.find("t", 0)->next, 1060);
  EXPECT_EQ(next.find("t", 1)->next, 541);
  EXPECT_EQ(next.find("t", 2), nullptr);
  EXPECT_THAT(policy.skipped(), ElementsAre(0, 101));
}

}  // namespace
}  // namespace rekindle
