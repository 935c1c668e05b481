#include "app/truth.hpp"

#include <gmock/gmock.h>

#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

TEST(Truth, TheFirstAlarmOfADriftDetectsItAndOthersAreFalse) {
  const std::vector<PlannedDrift> drifts = {{1000, "abrupt", 0, 1}, {2000, "gradual", 400, 0}, {3000, "abrupt", 0, 1}};
  const std::vector<std::uint64_t> alarms = {500, 1040, 1500, 1850, 3999};
  const auto score = score_alarms(alarms, drifts, 4000);
  EXPECT_EQ(score.drifts, 3U);
  EXPECT_EQ(score.detected, 3U);
  EXPECT_EQ(score.missed, 0U);
  EXPECT_EQ(score.false_alarms, 2U) << "before any drift, and the second one of the first";
  EXPECT_DOUBLE_EQ(*score.mean_delay, (40 + 50 + 999) / 3.0) << "the gradual one began at 1800";
  EXPECT_DOUBLE_EQ(*score.median_delay, 50);
}

TEST(Truth, IsReadAsGenerateWritesIt) {
  const test::TemporaryFile file("sample,kind,width,concept\n1000,abrupt,0,1\n2000,gradual,500,0\n");
  const auto drifts = read_truth(file.path());
  ASSERT_TRUE(drifts);
  ASSERT_EQ(drifts->size(), 2U);
  EXPECT_EQ(drifts->at(1).sample, 2000U);
  EXPECT_EQ(drifts->at(1).kind, "gradual");
  EXPECT_EQ(drifts->at(1).width, 500U);
}

TEST(Truth, IsRefusedWithTheLineWhereItIsNone) {
  const test::TemporaryFile header("a,b\n");
  EXPECT_EQ(read_truth(header.path()).error().message, header.path() + ": line 1: expected the columns sample, kind, width");
  const test::TemporaryFile row("sample,kind,width,concept\nsoon,abrupt,0,1\n");
  EXPECT_EQ(read_truth(row.path()).error().message, row.path() + ": line 2: expected a drift, got \"soon,abrupt,0,1\"");
  EXPECT_EQ(read_truth("/nowhere/truth.csv").error().code, ErrorCode::io);
}

TEST(Truth, ADetectorThatNeverFiresMissesEverything) {
  const std::vector<PlannedDrift> drifts = {{1000, "abrupt", 0, 1}, {9000, "abrupt", 0, 0}};
  const auto score = score_alarms({}, drifts, 5000);
  EXPECT_EQ(score.drifts, 1U) << "the second is beyond the end";
  EXPECT_EQ(score.missed, 1U);
  EXPECT_EQ(score.false_alarms, 0U);
  EXPECT_EQ(score.mean_delay, std::nullopt);
}

TEST(Truth, OneThatFiresAllTheTimeIsMostlyWrong) {
  const std::vector<PlannedDrift> drifts = {{1000, "abrupt", 0, 1}};
  const auto score = score_alarms(every(100, 2000), drifts, 2000);
  EXPECT_EQ(score.detected, 1U);
  EXPECT_EQ(score.false_alarms, 18U);
  EXPECT_EQ(score.mean_delay, 0);
}

}  // namespace
}  // namespace rekindle
