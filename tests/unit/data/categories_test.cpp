#include "data/categories.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "data/hashing.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using Texts = std::vector<std::string_view>;

std::vector<std::uint32_t> encoded(CategoryEncoder& encoder, const Texts& texts, bool frozen = false) {
  std::vector<SparseEntry> entries;
  encoder.encode(texts, entries, frozen);
  std::vector<std::uint32_t> out;
  for (const auto& one : entries) {
    EXPECT_EQ(one.value, 1);
    out.push_back(one.index);
  }
  return out;
}

CategorySpec spec(Encoding encoding = Encoding::onehot, bool pairs = false) {
  CategorySpec out{{"country", "device"}, {}, encoding, 18};
  if (pairs) out.pairs.emplace_back(0, 1);
  return out;
}

TEST(OneHot, GivesEachValueACoordinateWhenItComes) {
  CategoryEncoder encoder(spec());
  EXPECT_THAT(encoded(encoder, {"DE", "mobile"}), ElementsAre(0, 1));
  EXPECT_THAT(encoded(encoder, {"FR", "mobile"}), ElementsAre(1, 2));
  EXPECT_THAT(encoded(encoder, {"DE", "DE"}), ElementsAre(0, 3)) << "fields do not share their values";
  EXPECT_THAT(encoder.names(), ElementsAre("country=DE", "device=mobile", "country=FR", "device=DE"));
}

TEST(OneHot, HasNoneForAMissingValue) {
  CategoryEncoder encoder(spec(Encoding::onehot, true));
  EXPECT_THAT(encoded(encoder, {"", "mobile"}), ElementsAre(0));
  EXPECT_THAT(encoded(encoder, {"", ""}), ElementsAre());
}

TEST(OneHot, TakesAPairAsAValueOfItsOwn) {
  CategoryEncoder encoder(spec(Encoding::onehot, true));
  EXPECT_THAT(encoded(encoder, {"DE", "mobile"}), ElementsAre(0, 1, 2));
  EXPECT_THAT(encoded(encoder, {"DE", "fixed"}), ElementsAre(0, 3, 4));
  EXPECT_THAT(encoder.names(),
              ElementsAre("country=DE", "device=mobile", "country*device=DE*mobile", "device=fixed", "country*device=DE*fixed"));
}

TEST(OneHot, TakesInAsManyAsThereIsRoomFor) {
  auto small = spec();
  small.hash_bits = 1;
  CategoryEncoder encoder(small);
  EXPECT_THAT(encoded(encoder, {"DE", "mobile"}), ElementsAre(0, 1));
  EXPECT_THAT(encoded(encoder, {"FR", "mobile"}), ElementsAre(1));
  CategoryEncoder closed(spec());
  EXPECT_THAT(encoded(closed, {"DE", "mobile"}), ElementsAre(0, 1));
  closed.close();
  EXPECT_THAT(encoded(closed, {"FR", "mobile"}), ElementsAre(1));
}

TEST(OneHot, LearnsNoValueWhileFrozen) {
  CategoryEncoder encoder(spec());
  EXPECT_THAT(encoded(encoder, {"DE", "mobile"}), ElementsAre(0, 1));
  EXPECT_THAT(encoded(encoder, {"FR", "mobile"}, /*frozen=*/true), ElementsAre(1));
  EXPECT_EQ(encoder.names().size(), 2U);
}

TEST(OneHot, KeepsItsCoordinatesThroughASave) {
  CategoryEncoder encoder(spec());
  for (int i = 0; i < 1000; ++i) {
    const auto value = fmt::format("v{}", i);
    (void)encoded(encoder, {value, "x"});
  }
  CategoryEncoder again(spec());
  ASSERT_TRUE(test::load_from(test::saved(encoder), again));
  EXPECT_EQ(again.names(), encoder.names());
  for (int i = 0; i < 1100; ++i) {
    const auto value = fmt::format("v{}", i);
    EXPECT_EQ(encoded(again, {value, "x"}), encoded(encoder, {value, "x"})) << i;
  }
  EXPECT_EQ(test::saved(again), test::saved(encoder));
}

TEST(OneHot, KeepsItsCoordinatesWhileTheTableGrows) {
  CategoryEncoder encoder(spec());
  for (std::uint32_t i = 0; i < 500; ++i) {
    const auto value = fmt::format("v{}", i);
    EXPECT_THAT(encoded(encoder, {value, ""}), ElementsAre(i));
    EXPECT_THAT(encoded(encoder, {"v0", ""}), ElementsAre(0));
  }
}

TEST(HashedCategories, AreHashedByFieldAndValue) {
  CategoryEncoder encoder(spec(Encoding::hash, true));
  const auto country = feature_hash("country=DE", 0);
  const auto device = feature_hash("device=mobile", 0);
  std::vector<std::uint32_t> expected = {coordinate_of(country, 18), coordinate_of(device, 18),
                                         coordinate_of(interaction_hash(country, device), 18)};
  std::ranges::sort(expected);
  EXPECT_EQ(encoded(encoder, {"DE", "mobile"}), expected);
  EXPECT_THAT(encoder.names(), ElementsAre());
  EXPECT_THAT(encoded(encoder, {"", "mobile"}), ElementsAre(coordinate_of(device, 18)));
}

TEST(Encodings, AreNamedAsTheConfigurationNamesThem) {
  EXPECT_EQ(to_string(Encoding::onehot), "onehot");
  EXPECT_EQ(to_string(Encoding::hash), "hash");
}

}  // namespace
}  // namespace rekindle
