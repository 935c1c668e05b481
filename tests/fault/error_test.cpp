#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/trial.hpp"

namespace rekindle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

TEST(Errors, AnyOperationMayFailAndNothingPromisedIsLost) {
  Findings findings;
  try_errors(no_mutation(), findings);
  std::cout << findings.text() << "\n";
  EXPECT_EQ(findings.violations, 0U) << findings.text();
  EXPECT_GT(findings.states, 100U) << "or else nothing was tried";
}

TEST(Errors, DamageIsNeverLoaded) {
  Findings findings;
  try_damage(no_mutation(), findings);
  std::cout << findings.text() << "\n";
  EXPECT_EQ(findings.violations, 0U) << findings.text();
}

TEST(Errors, AFailedSaveLeavesOnlyTheOldFiles) {
  SimulatedFileSystem disk;
  auto store = FileStore::open("/state", 3, disk);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->save(numbered_checkpoint(1)));
  disk.fail_at(disk.operations() + 1, Fault::disk_full, /*from_then_on=*/false);
  const auto failed = (*store)->save(numbered_checkpoint(2));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io);
  EXPECT_THAT(failed.error().message, HasSubstr("No space left on device"));
  EXPECT_THAT(disk.visible(), ElementsAre(Key("/state/checkpoint.00000000000000000001")));
}

TEST(Errors, AFailedSyncIsNotTriedAgainOnTheSameFile) {
  SimulatedFileSystem disk;
  auto store = FileStore::open("/state", 3, disk);
  ASSERT_TRUE(store);
  const auto before = disk.operations();
  disk.fail_at(before + 2, Fault::io_error, /*from_then_on=*/false);
  EXPECT_FALSE((*store)->save(numbered_checkpoint(1)));
  const std::vector<std::string> did(disk.log().begin() + static_cast<std::ptrdiff_t>(before), disk.log().end());
  EXPECT_THAT(did, ElementsAre("write /state/checkpoint.tmp", "sync /state/checkpoint.tmp FAILS", "remove /state/checkpoint.tmp"));
}

TEST(Errors, ADiskThatCannotBeReadIsNotADamagedCheckpoint) {
  SimulatedFileSystem disk;
  auto store = FileStore::open("/state", 3, disk);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->save(numbered_checkpoint(1)));
  disk.fail_at(disk.operations() + 2, Fault::io_error, /*from_then_on=*/true);
  const auto loaded = (*store)->load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace rekindle
