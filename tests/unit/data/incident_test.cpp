#include "data/incident.hpp"

#include <gmock/gmock.h>

#include "support/choices.hpp"

namespace rekindle {
namespace {

TEST(Incident, ComesBackAsItWasSavedButForItsTime) {
  Incident incident{3, 12'345, 99, "adwin", "moderate", "abrupt", "restart", 0.2, 0.1, 0.3, 0.05, 0.0005, 0.4, std::nullopt, 17, true};
  incident.signal = "rank";
  incident.values_after = 20;
  incident.p = 1e-9;
  Incident loaded;
  ASSERT_TRUE(test::load_from(test::saved(incident), loaded));
  EXPECT_EQ(loaded.id, 3U);
  EXPECT_EQ(loaded.sample, 12'345U);
  EXPECT_EQ(loaded.time_ms, 0);
  EXPECT_EQ(loaded.detector, "adwin");
  EXPECT_EQ(loaded.response, "restart");
  EXPECT_EQ(loaded.lr_after, 0.0005);
  EXPECT_EQ(loaded.loss_before, 0.4);
  EXPECT_EQ(loaded.loss_peak, std::nullopt);
  EXPECT_EQ(loaded.recovered_after, 17U);
  EXPECT_TRUE(loaded.rolled_back);
  EXPECT_EQ(loaded.signal, "rank");
  EXPECT_EQ(loaded.values_before, std::nullopt);
  EXPECT_EQ(loaded.values_after, 20);
  EXPECT_EQ(loaded.p, 1e-9);
}

}  // namespace
}  // namespace rekindle
