#include "base/bytes.hpp"

#include <gmock/gmock.h>

#include "base/random.hpp"

namespace rekindle {
namespace {

TEST(Bytes, ReadsBackWhatWasWritten) {
  ByteWriter out;
  out.put(true);
  out.put(std::int32_t{-5});
  out.put(0.1);
  out.put_string("two\0parts");
  out.put_array(std::vector<float>{1.5F, -2.5F});
  out.put_array(std::vector<double>{});
  ByteReader in(out.bytes());
  EXPECT_EQ(in.get<std::uint8_t>(), 1);
  EXPECT_EQ(in.get<std::int32_t>(), -5);
  EXPECT_EQ(in.get<double>(), 0.1);
  EXPECT_EQ(in.get_string(), "two");
  EXPECT_EQ(in.get_array<float>(), (std::vector<float>{1.5F, -2.5F}));
  EXPECT_TRUE(in.get_array<double>().empty());
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.at_end());
}

TEST(Bytes, KeepsTheBitsOfEveryDouble) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const auto bits = random.next();
    ByteWriter out;
    out.put(std::bit_cast<double>(bits));
    ByteReader in(out.bytes());
    EXPECT_EQ(std::bit_cast<std::uint64_t>(in.get<double>()), bits);
  }
}

TEST(Bytes, GivesZerosFromTheFirstReadPastTheEndOn) {
  ByteWriter out;
  out.put(std::uint32_t{7});
  ByteReader in(out.bytes());
  EXPECT_EQ(in.get<std::uint64_t>(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.get<std::uint32_t>(), 0U) << "although four bytes are there";
}

TEST(Bytes, RefusesAnArrayLongerThanWhatIsLeftWithoutTakingTheMemory) {
  ByteWriter out;
  out.put<std::uint64_t>(1ULL << 60U);
  ByteReader in(out.bytes());
  EXPECT_TRUE(in.get_array<double>().empty());
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, RefusesAnArrayOfAnotherSizeForFixedState) {
  ByteWriter out;
  out.put_array(std::vector<double>{1, 2, 3});
  ByteReader in(out.bytes());
  std::vector<double> two(2, 9);
  in.get_array_into(two);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(two, (std::vector<double>{9, 9}));
}

TEST(Bytes, EveryTruncationIsNoticed) {
  ByteWriter out;
  out.put(std::int64_t{3});
  out.put_string("name");
  out.put_array(std::vector<double>{1, 2});
  for (std::size_t size = 0; size < out.bytes().size(); ++size) {
    ByteReader in(out.bytes().first(size));
    (void)in.get<std::int64_t>();
    (void)in.get_string();
    (void)in.get_array<double>();
    EXPECT_FALSE(in.ok()) << size;
  }
}

TEST(Bytes, ClearKeepsNothing) {
  ByteWriter out;
  out.put(1);
  out.clear();
  EXPECT_TRUE(out.bytes().empty());
}

}  // namespace
}  // namespace rekindle
