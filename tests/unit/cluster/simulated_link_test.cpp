#include "cluster/simulated_link.hpp"

#include <gmock/gmock.h>

namespace rekindle::cluster {
namespace {

SimulatedLink::Bytes message(int number = 0) {
  return std::make_shared<const std::vector<std::byte>>(std::vector<std::byte>{static_cast<std::byte>(number)});
}

TEST(ASimulatedLink, WithoutFaultsBringsEachMessageAtOnceAndOnce) {
  SimulatedLink link({}, 1);
  for (int number = 0; number < 3; ++number) link.send(5, message(number));
  EXPECT_TRUE(link.receive(4).empty());
  const auto arrived = link.receive(5);
  ASSERT_EQ(arrived.size(), 3U);
  for (int number = 0; number < 3; ++number) EXPECT_EQ(*arrived[static_cast<std::size_t>(number)], *message(number));
  EXPECT_TRUE(link.empty());
}

TEST(ASimulatedLink, BringsASecondCopyATickAfterTheFirst) {
  SimulatedLink link({.duplicate = 1}, 1);
  link.send(5, message());
  EXPECT_EQ(link.receive(5).size(), 1U);
  EXPECT_TRUE(link.receive(5.9).empty());
  EXPECT_EQ(link.receive(6).size(), 1U);
  EXPECT_TRUE(link.empty());
}

TEST(ASimulatedLink, DelaysBetweenNothingAndTwiceTheMean) {
  SimulatedLink link({.delay = 100}, 1);
  constexpr std::size_t sent = 2000;
  for (std::size_t i = 0; i < sent; ++i) link.send(0, message());
  EXPECT_NEAR(static_cast<double>(link.receive(100).size()), sent / 2, 100);
  EXPECT_NEAR(static_cast<double>(link.receive(190).size()), sent * 0.45, 100);
  EXPECT_FALSE(link.receive(200).empty());
  EXPECT_TRUE(link.empty());
}

TEST(ASimulatedLink, LosesAndDoublesTheSharesThatItIsTold) {
  SimulatedLink link({.loss = 0.3, .duplicate = 0.1}, 1);
  for (int i = 0; i < 10'000; ++i) link.send(0, message());
  EXPECT_NEAR(static_cast<double>(link.receive(0).size()), 7000, 150);
  EXPECT_NEAR(static_cast<double>(link.receive(1).size()), 700, 75);
}

// Draws are from [0, 1): a probability p is that of a draw below p, so that 0 is never and 1 is always.
TEST(ASimulatedLink, ADrawThatIsAsLargeAsTheProbabilityIsNoFault) {
  Random draws(1);
  NetworkFaults faults;
  faults.loss = draws.uniform();
  faults.duplicate = draws.uniform();
  SimulatedLink link(faults, 1);
  link.send(0, message());
  EXPECT_EQ(link.receive(10).size(), 1U);
}

}  // namespace
}  // namespace rekindle::cluster
