#include "learner/portfolio_section.hpp"

#include <gmock/gmock.h>

#include <cstddef>

#include "learner/portfolio.hpp"
#include "unit/learner/portfolio_parts.hpp"

namespace rekindle {
namespace {

using test::bytes_of;

TEST(PortfolioSection, IsReadAsItWasWritten) {
  const PortfolioSection section{1, {{std::byte{1}, std::byte{2}}, {std::byte{3}}, {}}, {0.5, 0.3, 0.2}, {1, 2, 3}};
  const auto bytes = bytes_of([&](ByteWriter& out) { write_portfolio(section, out); });
  ByteReader in(bytes);
  const auto again = read_portfolio(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(again.best, 1U);
  EXPECT_EQ(again.models, section.models);
  EXPECT_EQ(again.weights, section.weights);
  EXPECT_EQ(again.losses, section.losses);
  EXPECT_EQ(Portfolio::best_model(bytes), section.models[1]);
}

TEST(PortfolioSection, WithoutTheBestOfItsModelsHasNone) {
  for (const std::uint64_t best : {1, 2}) {
    const PortfolioSection section{best, {{std::byte{1}}}, {1}, {0}};
    EXPECT_TRUE(Portfolio::best_model(bytes_of([&](ByteWriter& out) { write_portfolio(section, out); })).empty());
  }
  EXPECT_TRUE(Portfolio::best_model({}).empty());
}

}  // namespace
}  // namespace rekindle
