#include "data/split_entries.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <vector>

namespace rekindle {
namespace {

template <class Real>
void expect_each(const std::vector<SparseEntry>& entries) {
  std::vector<std::uint32_t> index(entries.size() + 1, 77);
  std::vector<Real> value(entries.size() + 1, 77);
  split_entries(std::span(entries), index.data(), value.data());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(index[i], entries[i].index);
    EXPECT_EQ(value[i], static_cast<Real>(entries[i].value));
  }
  EXPECT_EQ(index.back(), 77U) << "nothing behind them is written";
  EXPECT_EQ(value.back(), 77);
}

TEST(SplitEntries, GivesEachEntryWhateverTheirNumber) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::vector<SparseEntry> entries;
  for (int i = 0; i < 70; ++i) {
    expect_each<float>(entries);
    expect_each<double>(entries);
    entries.push_back({static_cast<std::uint32_t>(random()), normal(random)});
  }
  // Ties, too large and too small for a float.
  for (const double value : {1 + 0x1p-24, 1 + 3 * 0x1p-24, 1e300, -1e300, 1e-50, 0x1p-149, -0.0}) entries.push_back({0xFFFFFFFF, value});
  expect_each<float>(entries);
}

}  // namespace
}  // namespace rekindle
