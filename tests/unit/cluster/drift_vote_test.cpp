// Whether a worker's own error has risen: blocks of 64 samples, p < 0.005.
#include "cluster/drift_vote.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

namespace rekindle::cluster {
namespace {

constexpr std::uint64_t block = 64;

class AnErrorHistory : public testing::Test {
 protected:
  AnErrorHistory() { history_.observe(sums_); }
  // A block with so many errors; the answer, if there is one then.
  std::optional<bool> see(double errors) {
    sums_.count += block;
    sums_.errors += errors;
    EXPECT_TRUE(history_.observe(sums_));
    return history_.answer();
  }
  void see_all(const std::vector<double>& blocks) {
    for (const double errors : blocks) (void)see(errors);
  }
  [[nodiscard]] std::optional<bool> ask() {
    history_.begin_poll();
    return history_.answer();
  }
  [[nodiscard]] std::vector<std::byte> saved() const {
    ByteWriter out;
    history_.save(out);
    return out.take();
  }
  ErrorHistory history_;
  ErrorSums sums_;
};

TEST_F(AnErrorHistory, EndsABlockAtItsLastSample) {
  sums_.count = block - 1;
  EXPECT_FALSE(history_.observe(sums_));
  sums_.count = block;
  EXPECT_TRUE(history_.observe(sums_));
}

TEST_F(AnErrorHistory, AnswersNothingWhereNobodyAsked) {
  see_all({0, 0, 0, 0, 0, 0});
  EXPECT_FALSE(see(64));
  EXPECT_FALSE(see(64));
}

TEST_F(AnErrorHistory, SeesARiseOfTheTwoBlocksBeforeThePollAtOnce) {
  see_all({0, 0, 0, 6, 6});
  EXPECT_EQ(ask(), true) << "12 of 128 after 0 of 192: z = 4.3";
}

TEST_F(AnErrorHistory, HasNothingToCompareWithBeforeThreeBlocks) {
  see_all({0, 0, 64, 64});
  EXPECT_EQ(ask(), std::nullopt);
  EXPECT_EQ(see(64), std::nullopt) << "the two blocks before the poll stay with what came after it";
}

TEST_F(AnErrorHistory, SaysNoFourBlocksAfterAPollWithoutARise) {
  see_all({6, 6, 6, 6, 6, 6});
  EXPECT_EQ(ask(), std::nullopt);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(see(6), std::nullopt) << i;
  EXPECT_EQ(see(6), false);
  EXPECT_EQ(see(64), std::nullopt) << "answered";
}

TEST_F(AnErrorHistory, DoesNotCallAFallARise) {
  see_all({32, 32, 32, 32, 0, 0});
  EXPECT_EQ(ask(), std::nullopt);
  for (int i = 0; i < 3; ++i) (void)see(0);
  EXPECT_EQ(see(0), false);
}

// 26 of 128 against 32 of 192 that were in the oldest block: as before. Against the other 128 alone they would be very many.
TEST_F(AnErrorHistory, CountsItsOldestBlockToo) {
  see_all({32, 0, 0, 13, 13});
  EXPECT_EQ(ask(), std::nullopt);
}

// 64 errors in the oldest of 32 blocks, and 3 in each since the recent ones began: in the end 18 of 384 against 64 of 2048, z = 1.6 of the
// 2.8 that it takes. Without the oldest block 6 of 128 would be a rise already.
TEST_F(AnErrorHistory, ComparesWith2048SamplesAndNoMore) {
  std::vector<double> blocks(32, 0.0);
  blocks[0] = 64;
  blocks.insert(blocks.end(), {3, 3});
  see_all(blocks);
  EXPECT_EQ(ask(), std::nullopt);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(see(3), std::nullopt) << i;
  EXPECT_EQ(see(3), false);

  history_ = {};
  sums_ = {};
  history_.observe(sums_);
  blocks.insert(blocks.begin() + 1, 0.0);  // The errors are a block too long ago.
  see_all(blocks);
  EXPECT_EQ(ask(), true);
}

// Two shares differ by chance with p = erfc(z / sqrt(2)), z by the pooled variance. Whether the fewest errors of the recent 128 that
// count as a rise are those of p < 0.005, over usual shares from none to nearly all.
TEST_F(AnErrorHistory, TakesTheFewestErrorsForARiseThatChanceWouldNotMake) {
  for (const double usual : {0.0, 1.0, 6.0, 20.0, 32.0, 50.0, 62.0}) {
    for (int errors = 0; errors <= 128; ++errors) {
      history_ = {};
      sums_ = {};
      history_.observe(sums_);
      see_all({usual, usual, usual, usual, errors / 2.0, errors / 2.0});
      const double pooled = (4 * usual + errors) / 384;
      const double z = (errors / 128.0 - usual / 64) / std::sqrt(pooled * (1 - pooled) * (1.0 / 256 + 1.0 / 128));
      const bool risen = z > 0 && std::erfc(z / std::sqrt(2.0)) < 0.005;
      ASSERT_EQ(ask(), risen ? std::optional(true) : std::nullopt) << usual << " of 64, then " << errors << " of 128";
    }
  }
}

TEST_F(AnErrorHistory, GoesOnWhereItWasSavedHoweverFarThePollHasCome) {
  for (int asked_before = 0; asked_before < 5; ++asked_before) {
    see_all({6, 5, 7, 6, 5, 6, 6});
    if (asked_before > 0) {
      EXPECT_EQ(ask(), std::nullopt);
      for (int i = 1; i < asked_before; ++i) EXPECT_EQ(see(6), std::nullopt);
    }
    const auto bytes = saved();
    ErrorHistory moved;
    ByteReader in(bytes);
    moved.load(in);
    ASSERT_TRUE(in.ok() && in.at_end());
    for (int i = 0; i < 5; ++i) {
      sums_.count += block;
      sums_.errors += 6;
      EXPECT_TRUE(history_.observe(sums_));
      EXPECT_TRUE(moved.observe(sums_));
      const auto here = history_.answer();
      EXPECT_EQ(moved.answer(), here) << asked_before;
      EXPECT_EQ(here.has_value(), asked_before > 0 && asked_before + i == 4) << asked_before << " " << i;
    }
  }
}

// 2048 samples before the recent ones, 128 of these before a poll and 256 after it: the ends of 38 blocks, and where the first began.
TEST_F(AnErrorHistory, IsSavedInAFixedNumberOfBytes) {
  see_all(std::vector<double>(1000, 6));
  const auto bytes = saved();
  EXPECT_EQ(bytes.size(), 8 + 39 * (8 + 8 + 8) + 8U);
  ByteReader poll(std::span<const std::byte>(bytes).last(8));
  EXPECT_EQ(poll.get<std::int64_t>(), -1) << "nobody asked";
}

}  // namespace
}  // namespace rekindle::cluster
