// Forgetting: what it saves, and what it refuses to load.
#include <gmock/gmock.h>

#include "base/random.hpp"
#include "learner/forgetting.hpp"
#include "unit/learner/forgetting_parts.hpp"

namespace rekindle {
namespace {

using test::bytes_of;
using test::kept;
using test::ones;
using test::regression_of;

template <class Real>
Features mixed(std::size_t dense) {
  Features x;
  Real next = 1;
  for (auto& value : x.resize<Real>(dense)) value = next++;
  x.set_sparse<Real>(std::vector<SparseEntry>{{2, 0.5}, {7, -1}, {9, 4}});
  x.offset = 0.25;
  return x;
}

TEST(Forgetting, ComesBackAsItWasSaved) {
  const auto member = regression_of(1);
  for (const bool twofold : {false, true}) {
    const auto x = twofold ? mixed<double>(3) : mixed<float>(3);
    Forgetting forgetting(1);
    const auto expect_back = [&](const char* what) {
      Forgetting loaded(2);
      loaded.observe(x, 5, twofold);
      const auto bytes = bytes_of(forgetting, twofold);
      ByteReader in(bytes);
      loaded.load(in, twofold, 3);
      EXPECT_TRUE(in.ok() && in.at_end()) << what;
      EXPECT_EQ(bytes_of(loaded, twofold), bytes) << what;
      EXPECT_EQ(loaded.due(), forgetting.due()) << what;
      EXPECT_EQ(loaded.loss(), forgetting.loss()) << what;
    };
    expect_back("at first");
    for (int i = 0; i < 2000; ++i) forgetting.observe(x, i, twofold);
    expect_back("at its full 512");
    forgetting.drifted();
    expect_back("after a drift");
    for (int i = 0; i < 1000; ++i) forgetting.observe(x, i, twofold);
    EXPECT_TRUE(forgetting.due());
    expect_back("where it is due");
  }
  Forgetting measured(1);
  for (int i = 0; i < 60; ++i) measured.observe(ones(1), 1, false);
  measured.drifted();
  ASSERT_TRUE(measured.measure(*member));
  Forgetting loaded(2);
  const auto bytes = bytes_of(measured);
  ByteReader in(bytes);
  loaded.load(in, false, 1);
  EXPECT_EQ(bytes_of(loaded), bytes);
  EXPECT_EQ(loaded.loss(), measured.loss());
  EXPECT_TRUE(kept(loaded).measured);
}

TEST(Forgetting, SavesZeroForWhatIsNotThere) {
  const auto fresh = kept(Forgetting(1));
  EXPECT_FALSE(fresh.has_since || fresh.has_loss || fresh.measured);
  EXPECT_EQ(fresh.since, 0U);
  EXPECT_EQ(fresh.loss, 0);
}

// The whole state by hand.
struct Written {
  std::vector<float> dense = {1, 2};
  std::vector<std::uint32_t> index = {2, 7};
  std::vector<float> value = {1, 1};
  std::uint64_t before = 0;  // Samples.
  std::uint64_t gathering = 1;
  std::uint64_t capacity = 512;
  std::uint64_t seen = 5;
  std::uint64_t next = 5;
  double largest = 0.5;
  [[nodiscard]] bool load(Forgetting& forgetting) const {
    ByteWriter out;
    for (const auto count : {before, gathering}) {
      out.put(count);
      for (std::uint64_t i = 0; i < count; ++i) {
        out.put_array(dense);
        out.put_array(index);
        out.put_array(value);
        for (const double number : {0.0, 1.0}) out.put(number);
      }
    }
    out.put(capacity);
    for (const auto number : {seen, next, std::uint64_t{5}}) out.put(number);
    for (const double number : {largest, 0.5}) out.put(number);
    for (int i = 0; i < 3; ++i) out.put(true);
    Random(3).save(out);
    ByteReader in(out.bytes());
    forgetting.load(in, false, 2);
    return in.ok() && in.at_end();
  }
  [[nodiscard]] bool loads() const {
    Forgetting forgetting(1);
    return load(forgetting);
  }
};

// Algorithm L's next jump grows without bound as the stream goes on; the count of samples must not overflow.
TEST(Forgetting, JumpsNoFurtherThanAMillionBillionSamples) {
  Forgetting forgetting(1);
  ASSERT_TRUE((Written{.gathering = 16, .capacity = 16, .seen = 1'000'000, .next = 1'000'000, .largest = 1e-300}).load(forgetting));
  forgetting.observe(ones(2), 3, false);
  EXPECT_EQ(kept(forgetting).seen, 1'000'001U);
  EXPECT_EQ(kept(forgetting).next, 1'000'001U + 1'000'000'000'000'000U);
}

TEST(Forgetting, RefusesADamagedState) {
  EXPECT_TRUE(Written().loads());
  EXPECT_FALSE((Written{.dense = {1}}).loads()) << "another number of features";
  EXPECT_FALSE((Written{.index = {2, 7, 8}}).loads()) << "an index without a value";
  EXPECT_FALSE((Written{.index = {7, 2}}).loads()) << "in another order";
  EXPECT_FALSE((Written{.index = {7, 7}}).loads()) << "twice";
  EXPECT_TRUE((Written{.before = 512}).loads());
  EXPECT_FALSE((Written{.before = 513}).loads()) << "more than it ever keeps";
  EXPECT_TRUE((Written{.gathering = 16, .capacity = 16}).loads());
  EXPECT_FALSE((Written{.gathering = 17, .capacity = 16}).loads());
  EXPECT_FALSE((Written{.capacity = 513}).loads());
}

}  // namespace
}  // namespace rekindle
