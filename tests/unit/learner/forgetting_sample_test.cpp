// Forgetting: which samples it keeps.
#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "learner/forgetting.hpp"
#include "unit/learner/forgetting_parts.hpp"

namespace rekindle {
namespace {

using test::kept;
using test::ones;

// A kilobyte each: 128 of them are kept.
constexpr std::size_t width_of_a_kilobyte = (1024 - 16) / sizeof(float);

// Algorithm L by the book, with the same random numbers.
struct AlgorithmL {
  std::size_t k;
  Random random;
  std::vector<double> reservoir = {};
  double w = 1;
  std::uint64_t n = 0;
  std::uint64_t next = 0;
  void jump() {
    w *= std::exp(std::log(1 - random.uniform()) / static_cast<double>(k));
    next = n + static_cast<std::uint64_t>(std::floor(std::log(1 - random.uniform()) / std::log(1 - w)));
  }
  void observe(double value) {
    const auto at = n++;
    if (reservoir.size() < k) {
      reservoir.push_back(value);
      if (reservoir.size() == k) jump();
    } else if (at == next) {
      reservoir[random.below(k)] = value;
      jump();
    }
  }
  void start_anew() {
    reservoir.clear();
    w = 1;
    n = 0;
  }
};

TEST(Forgetting, SamplesByAlgorithmL) {
  Forgetting forgetting(7);
  const auto x = ones(width_of_a_kilobyte);
  AlgorithmL book{128, kept(forgetting).random};
  const auto go_on = [&](int count) {
    for (int i = 0; i < count; ++i) {
      forgetting.observe(x, i, false);
      book.observe(i);
      if (i % 37 != 0 && i + 1 != count) continue;
      const auto state = kept(forgetting);
      ASSERT_EQ(state.gathering, book.reservoir) << i;
      ASSERT_EQ(state.seen, book.n);
      ASSERT_NEAR(state.largest, book.w, 1e-12 * book.w);
      if (book.reservoir.size() == book.k) {
        ASSERT_EQ(state.next, book.next) << i;
      }
    }
  };
  go_on(700);
  // A drift: what was gathered is what may be forgotten.
  const auto before = book.reservoir;
  forgetting.drifted();
  book.start_anew();
  EXPECT_EQ(kept(forgetting).before, before);
  EXPECT_EQ(kept(forgetting).gathering, book.reservoir);
  EXPECT_EQ(kept(forgetting).seen, 0U);
  go_on(500);
  EXPECT_EQ(kept(forgetting).before, before);
  // Other features: nothing is known any more.
  forgetting.clear();
  book.start_anew();
  EXPECT_THAT(kept(forgetting).before, testing::IsEmpty());
  EXPECT_FALSE(kept(forgetting).has_since);
  go_on(500);
}

TEST(Forgetting, KeepsAsManyAs128KilobytesHold) {
  const auto capacity = [](const Features& x, bool twofold) {
    Forgetting forgetting(1);
    forgetting.observe(x, 0, twofold);
    return twofold ? kept<double>(forgetting).capacity : kept(forgetting).capacity;
  };
  EXPECT_EQ(capacity(ones(width_of_a_kilobyte), false), 128U);
  EXPECT_EQ(capacity(ones(width_of_a_kilobyte + 1), false), 127U);
  EXPECT_EQ(capacity(ones(1), false), 512U);
  EXPECT_EQ(capacity(ones(100'000), false), 16U);
  // An index beside each sparse value.
  Features sparse;
  std::vector<SparseEntry> entries;
  for (std::uint32_t i = 0; i < (1024 - 16) / 8; ++i) entries.push_back({i, 1});
  sparse.set_sparse<float>(entries);
  EXPECT_EQ(capacity(sparse, false), 128U);
  entries.resize((1024 - 16) / 12);
  sparse.set_sparse<double>(entries);
  EXPECT_EQ(capacity(sparse, true), 128U);
  (void)sparse.resize<double>((2048 - 1024) / 8);
  EXPECT_EQ(capacity(sparse, true), 64U);
}

TEST(Forgetting, KeepsTheTimeBeforeWhenADriftCameTooSoonAfterIt) {
  const auto x = ones(2);
  for (const int count : {49, 50}) {
    Forgetting forgetting(1);
    for (int i = 0; i < 60; ++i) forgetting.observe(x, 1, false);
    forgetting.drifted();
    for (int i = 0; i < count; ++i) forgetting.observe(x, 2, false);
    forgetting.drifted();
    EXPECT_EQ(kept(forgetting).before.size(), count == 49 ? 60U : 50U);
    EXPECT_THAT(kept(forgetting).before, testing::Each(count == 49 ? 1 : 2));
    EXPECT_TRUE(kept(forgetting).gathering.empty());
  }
  // Of wide samples as many as there is room for are enough.
  const auto wide = ones(10'000);
  for (const int count : {15, 16}) {
    Forgetting forgetting(1);
    for (int i = 0; i < count; ++i) forgetting.observe(wide, 1, false);
    forgetting.drifted();
    EXPECT_EQ(kept(forgetting).before.size(), count == 15 ? 0U : 16U);
  }
}

}  // namespace
}  // namespace rekindle
