#include "base/random.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

// xoshiro256** seeded by splitmix64(42), computed from the published C code's definitions.
TEST(Random, DrawsTheSameBitsForEver) {
  Random random(42);
  const std::uint64_t expected[] = {0x15780b2e0c2ec716U, 0x6104d9866d113a7eU, 0xae17533239e499a1U, 0xecb8ad4703b360a1U};
  for (const auto bits : expected) EXPECT_EQ(random.next(), bits);
}

TEST(Random, DrawsUniformlyFromTheHalfOpenUnitInterval) {
  Random random(7);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Random, DrawsStandardNormals) {
  Random random(7);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double z = random.normal();
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / 100'000, 0, 0.02);
  EXPECT_NEAR(squares / 100'000, 1, 0.02);
}

TEST(Random, StaysBelowItsBound) {
  Random random(7);
  std::vector<int> counts(3);
  for (int i = 0; i < 30'000; ++i) ++counts.at(random.below(3));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Random, GoesOnWhereItWasSaved) {
  Random random(3);
  for (int i = 0; i < 100; ++i) (void)random.normal();
  ByteWriter out;
  random.save(out);
  Random other(4);
  ByteReader in(out.bytes());
  other.load(in);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.next(), other.next());
}

}  // namespace
}  // namespace rekindle
