#include "data/hashing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>

namespace rekindle {
namespace {

// From the reference implementation, as they are published with it.
TEST(Murmur3, IsThatOfItsReference) {
  EXPECT_EQ(murmur3("", 0), 0U);
  EXPECT_EQ(murmur3("", 1), 0x514E28B7U);
  EXPECT_EQ(murmur3("a", 0x9747B28C), 0x7FA09EA6U);
  EXPECT_EQ(murmur3("aa", 0x9747B28C), 0x5D211726U);
  EXPECT_EQ(murmur3("aaa", 0x9747B28C), 0x283E0130U);
  EXPECT_EQ(murmur3("aaaa", 0x9747B28C), 0x5A97808AU);
  EXPECT_EQ(murmur3("Hello, world!", 0x9747B28C), 0x24884CBAU);
  EXPECT_EQ(murmur3("The quick brown fox jumps over the lazy dog", 0x9747B28C), 0x2FA826CDU);
}

// From Vowpal Wabbit 9.11.9; the whole list is in tests/golden.
TEST(FeatureHash, TakesANameOfDigitsAsThatNumber) {
  EXPECT_EQ(feature_hash("0", 0), 0U);
  EXPECT_EQ(feature_hash("123", 0), 123U);
  EXPECT_EQ(feature_hash("1090", 0), 1090U);
  EXPECT_EQ(feature_hash("123", 1000), 1123U);
  EXPECT_EQ(feature_hash("00123", 0), 123U);
  EXPECT_EQ(feature_hash("-7", 0), murmur3("-7", 0));
  EXPECT_EQ(feature_hash("12a", 5), murmur3("12a", 5));
}

TEST(FeatureHash, LeavesOutWhatIsAroundAName) {
  EXPECT_EQ(feature_hash(" a\t", 7), feature_hash("a", 7));
  EXPECT_EQ(feature_hash(" 12 ", 0), 12U);
  EXPECT_EQ(feature_hash("", 9), 9U);
  EXPECT_EQ(feature_hash(std::string_view("\0a\0", 3), 7), feature_hash("a", 7));
  EXPECT_EQ(feature_hash("\u00fc", 7), murmur3("\u00fc", 7)) << "no byte of a letter is blank";
}

TEST(FeatureHash, DependsOnItsNamespace) { EXPECT_NE(feature_hash("a", feature_hash("f", 0)), feature_hash("a", feature_hash("g", 0))); }

TEST(CoordinateOf, StaysBelowTwoToTheBits) {
  EXPECT_EQ(coordinate_of(0xFFFFFFFF, 1), 1U);
  EXPECT_EQ(coordinate_of(0xFFFFFFFF, 18), 262'143U);
  EXPECT_EQ(coordinate_of(0x12345678, most_hash_bits), 0x2345678U);
}

std::string ordered(std::vector<SparseEntry> entries) {
  std::string out = put_in_order(entries) ? "" : "not finite: ";
  for (const auto& one : entries) out += std::to_string(one.index) + ":" + std::to_string(one.value).substr(0, 3) + " ";
  return out;
}

TEST(PutInOrder, SortsAndAddsUpWhatFallsTogether) {
  EXPECT_EQ(ordered({}), "");
  EXPECT_EQ(ordered({{5, 1}}), "5:1.0 ");
  EXPECT_EQ(ordered({{5, 1}, {2, 2}, {5, 3}, {9, 4}, {2, 0.5}}), "2:2.5 5:4.0 9:4.0 ");
  EXPECT_EQ(ordered({{3, 1}, {3, -1}}), "3:0.0 ") << "a coordinate stays, whatever its value";
}

// Few are ordered in another way than many.
TEST(PutInOrder, OrdersAnyNumberOfThem) {
  std::mt19937 random(1);
  for (std::size_t count = 0; count < 140; ++count) {
    const std::uint32_t range = count % 2 == 0 ? std::numeric_limits<std::uint32_t>::max() : 50;  // Hardly any together, or many.
    std::vector<SparseEntry> entries;
    std::map<std::uint32_t, double> sums;
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back({static_cast<std::uint32_t>(random()) % range, static_cast<double>(random() % 100)});
      sums[entries.back().index] += entries.back().value;
    }
    EXPECT_TRUE(put_in_order(entries));
    ASSERT_EQ(entries.size(), sums.size()) << count;
    auto at = sums.begin();
    for (const auto& one : entries) {
      EXPECT_EQ(one.index, at->first) << count;
      EXPECT_EQ(one.value, at->second) << count;
      ++at;
    }
  }
}

TEST(PutInOrder, SaysWhereASumIsNotFinite) {
  const double large = std::numeric_limits<double>::max();
  std::vector<SparseEntry> entries = {{3, large}, {3, large}, {4, 1}};
  EXPECT_FALSE(put_in_order(entries));
  entries = {{1, std::numeric_limits<double>::infinity()}};
  EXPECT_FALSE(put_in_order(entries));
  entries = {{1, std::numeric_limits<double>::infinity()}, {2, 1}};
  EXPECT_FALSE(put_in_order(entries));
  entries = {{1, 1}, {2, std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_FALSE(put_in_order(entries));
}

// Whatever came before, the entries and the verdict are those of sorting alone.
TEST(EntryOrder, IsThatOfSortingWhateverCameBefore) {
  std::mt19937 random(1);
  EntryOrder order;
  std::vector<std::uint32_t> names = {7, 3, 9, 1};
  for (int i = 0; i < 2'000; ++i) {
    if (random() % 50 == 0) std::ranges::shuffle(names, random);
    if (random() % 50 == 0) names.push_back(static_cast<std::uint32_t>(random() % 12));
    if (random() % 70 == 0) names.resize(random() % 5);
    std::vector<SparseEntry> entries;
    for (const auto name : names) entries.push_back({name, static_cast<double>(random() % 100)});
    if (!entries.empty() && random() % 40 == 0) entries[random() % entries.size()].value = std::numeric_limits<double>::infinity();
    auto sorted = entries;
    EXPECT_EQ(order.put_in_order(entries), put_in_order(sorted));
    ASSERT_EQ(entries.size(), sorted.size());
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(entries[j].index, sorted[j].index);
      EXPECT_EQ(entries[j].value, sorted[j].value);
    }
  }
}

}  // namespace
}  // namespace rekindle
