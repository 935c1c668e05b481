#include "cluster/messages.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

#include "base/hash.hpp"
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

std::vector<std::byte> with_checksum(std::vector<std::byte> bytes) {
  const auto sum = hash64(std::span(bytes).first(bytes.size() - sizeof(std::uint64_t)));
  std::memcpy(bytes.data() + bytes.size() - sizeof sum, &sum, sizeof sum);
  return bytes;
}

// They lie on topics for longer than a program runs.
TEST(Messages, HaveTheFormThatIsOnTopicsAlready) {
  ByteWriter vote;
  for (const char letter : {'R', 'K', 'G', '3'}) vote.put(letter);
  vote.put(std::uint8_t{2});     // The third kind.
  vote.put(std::uint64_t{13});   // Bytes until the checksum.
  vote.put(std::uint32_t{7});    // Worker.
  vote.put(std::uint64_t{300});  // Poll.
  vote.put(std::uint8_t{1});     // Drifted.
  vote.put(std::uint64_t{0});    // Checksum.
  EXPECT_EQ(encode(Vote{7, 300, true}), with_checksum({vote.bytes().begin(), vote.bytes().end()}));
  const auto standing = encode(Standing{});
  EXPECT_TRUE(std::ranges::all_of(standing.end() - 8 - 9, standing.end() - 8, [](std::byte one) { return one == std::byte{0}; }))
      << "no drift of all yet: not there, and 0";
}

TEST(Messages, OfEverySeverityAndKindComeBackAndNoOthers) {
  for (const auto severity : {DriftSeverity::mild, DriftSeverity::moderate, DriftSeverity::extreme}) {
    for (const auto kind : {DriftKind::abrupt, DriftKind::gradual, DriftKind::recurring, DriftKind::burst}) {
      const auto back = decode(encode(Evidence{3, 4, {1, 2, 3}, severity, 0.8, kind}));
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(std::get<Evidence>(*back).severity, severity);
      EXPECT_EQ(std::get<Evidence>(*back).kind, kind);
    }
  }
  const auto beyond_burst = static_cast<DriftKind>(static_cast<int>(DriftKind::burst) + 1);
  EXPECT_FALSE(decode(encode(Evidence{3, 4, {1, 2, 3}, DriftSeverity::mild, 0.8, beyond_burst})));
  const auto beyond_extreme = static_cast<DriftSeverity>(static_cast<int>(DriftSeverity::extreme) + 1);
  EXPECT_FALSE(decode(encode(Evidence{3, 4, {1, 2, 3}, beyond_extreme, 0.8, DriftKind::abrupt})));
}

TEST(Messages, OfTooManyWeightsAreRefused) {
  const auto bytes = encode(Model{1, 1, {}, false, {{1, 2, 3}, {}}});
  EXPECT_TRUE(decode(bytes, 4));
  EXPECT_FALSE(decode(bytes, 3)) << "as many are too many";
}

// An index is worth half a weight of double precision: two of three weights are sent as they are.
TEST(Messages, SendWeightsAsTheyAreWhereIndexAndValueWouldBeNoFewerBytes) {
  const auto size_of = [](std::vector<double> weights) {
    auto one = test::publication({});
    one.change.weights = std::move(weights);
    return encode(one).size();
  };
  EXPECT_EQ(size_of({1, 0, 1}), size_of({1, 1, 1}));
  EXPECT_EQ(size_of({1, 0, 0}), size_of({0, 0, 0}) + sizeof(std::uint32_t) + sizeof(double));
}

TEST(Messages, CarryTheFirstAndTheLastOfManyWeightsAndNoneBehind) {
  auto sparse = test::publication({});
  sparse.change.weights.assign(1001, 0);
  sparse.change.weights.front() = 0.25;
  sparse.change.weights[999] = 0.5;
  sparse.change.weights.back() = 0.75;
  sparse.change.weights.resize(1000);
  const auto weights = sparse.change.weights;
  const Message message(std::move(sparse));  // Moved: what was the last still lies behind the weights.
  const auto back = decode(encode(message));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(std::get<Publication>(*back).change.weights, weights);
}

TEST(Messages, WhoseIndexIsBehindTheLastWeightAreRefused) {
  auto sparse = test::publication({});
  sparse.change.weights.assign(1000, 0);
  sparse.change.weights[999] = 0.5;
  auto bytes = encode(sparse);
  // Behind the index: a length, the value, the length of the statistics, the checksum.
  auto* const index = bytes.data() + bytes.size() - 4 * sizeof(std::uint64_t) - sizeof(std::uint32_t);
  std::uint32_t last = 0;
  std::memcpy(&last, index, sizeof last);
  ASSERT_EQ(last, 999U);
  ++last;
  std::memcpy(index, &last, sizeof last);
  EXPECT_FALSE(decode(with_checksum(bytes)));
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
