#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/trial.hpp"

namespace rekindle {
namespace {

TEST(PowerLoss, WhatWasPromisedIsThereAndWholeAfterAnyOperation) {
  Findings findings;
  try_power_loss(no_mutation(), findings);
  std::cout << findings.text() << "\n";
  EXPECT_EQ(findings.violations, 0U) << findings.text();
  EXPECT_GT(findings.states, 100U) << "or else nothing was tried";
}

// Checkpoints that are whole, wherever they are.
std::set<int> whole_checkpoints(const Disk& disk) {
  std::set<int> numbers;
  for (const auto& [path, bytes] : disk) {
    if (const auto checkpoint = decode_checkpoint(bytes)) numbers.insert(number_of(*checkpoint));
  }
  return numbers;
}

TEST(PowerLoss, SettingAsideNeverLosesACheckpoint) {
  SimulatedFileSystem disk;
  auto store = FileStore::open("/state", 2, disk);
  ASSERT_TRUE(store);
  for (int number = 1; number <= 3; ++number) ASSERT_TRUE((*store)->save(numbered_checkpoint(number)));
  std::size_t states = 0;
  const auto check = [&] {
    for (const auto& state : disk.after_power_loss()) {
      ++states;
      const auto numbers = whole_checkpoints(state);
      ASSERT_TRUE(numbers.contains(2) && numbers.contains(3)) << testing::PrintToString(disk.log());
    }
  };
  disk.after_each(check);
  ASSERT_TRUE((*store)->set_aside());
  disk.after_each({});
  EXPECT_GT(states, 10U);
  for (const auto& state : disk.after_power_loss()) {
    SimulatedFileSystem again(state);
    const auto loaded = load_newest("/state", again);
    EXPECT_FALSE(loaded && *loaded) << "set aside, and there again";
  }
}

}  // namespace
}  // namespace rekindle
