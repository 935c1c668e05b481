#include "cluster/messages.hpp"

#include <gmock/gmock.h>

#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

std::vector<Message> one_of_each() {
  auto publication = test::publication({.worker = 3, .sequence = 7, .base = 5, .samples = 11, .change = 0.25, .progress = 100});
  publication.fresh = 9;
  publication.errors = {100, 12.5, 40};
  publication.divergences = 1;
  publication.poll = 4;
  publication.drifted = true;
  Round round;
  round.term = 2;
  round.generation = 9;
  round.round = 12;
  round.version = 5;
  round.clock = {1000, 1001, 1'795'428'000'000};
  round.lr = 0.0125;
  round.sync = 40;
  round.poll = 2;
  round.orders = {{8, true, 1, true, 0}, {9, false, 0.5, false, 3}};
  Model model{2, 5, {{0, {6, 5}}, {3, {7, 4}}}, true, {{1, 2, 3}, {0.1, 0.2}}};
  Standing standing;
  standing.round = round;
  standing.workers[3] = {{1, 2, 3}, {4, 5, 6}, 7, 7.5, {8, 9}, 10, 11, 12};
  standing.rate = {std::byte{1}, std::byte{2}};
  standing.lengths = {0.25, 0.5};
  standing.begun = 70;
  standing.global_incident = 77;
  return {publication, Evidence{3, 4, {1, 2, 3}, DriftSeverity::extreme, 0.8, DriftKind::gradual}, Vote{1, 2, true}, round, model,
          standing};
}

TEST(Messages, ComeBackAsTheyWereSent) {
  for (const auto& message : one_of_each()) {
    const auto bytes = encode(message);
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(Messages, OfWhichAByteIsWrongOrMissingAreRefused) {
  for (const auto& message : one_of_each()) {
    const auto whole = encode(message);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto damaged = whole;
      damaged[i] ^= std::byte{0x10};
      EXPECT_FALSE(decode(damaged)) << "kind " << message.index() << ", byte " << i;
      EXPECT_FALSE(decode(std::span(whole).first(i))) << "kind " << message.index() << ", length " << i;
    }
  }
  EXPECT_EQ(decode({}).error().message, "not a message of a rekindle group");
}

TEST(Messages, CarryTheFewChangedWeightsOfMany) {
  auto sparse = test::publication({});
  sparse.single_precision = true;
  sparse.change.weights.assign(100'000, 0);
  sparse.change.weights[99'000] = 0.5;
  const auto bytes = encode(sparse);
  EXPECT_LT(bytes.size(), 300U);
  EXPECT_EQ(std::get<Publication>(*decode(bytes)).change.weights, sparse.change.weights);
  auto dense = sparse;
  for (auto& weight : dense.change.weights) weight = 0.5;
  EXPECT_NEAR(static_cast<double>(encode(dense).size()), 400'000, 300);
  dense.single_precision = false;
  EXPECT_NEAR(static_cast<double>(encode(dense).size()), 800'000, 300);
}

}  // namespace
}  // namespace rekindle::cluster
