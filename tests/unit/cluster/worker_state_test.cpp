// A worker that moves to another machine goes on there as it would have gone on here.
#include <gmock/gmock.h>

#include "cluster/worker.hpp"
#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::CountingReplica;

const WorkerSettings settings{.id = 3, .sync_samples = 10};

Round round(std::uint64_t number, double lr) {
  Round out;
  out.term = 1;
  out.round = number;
  out.lr = lr;
  return out;
}

Model model(std::uint64_t version, double weight, std::uint64_t settled) {
  Model out;
  out.term = 1;
  out.version = version;
  out.state = {{weight}, {}};
  out.settled[settings.id] = {settled, version};
  return out;
}

std::vector<std::byte> saved(const Worker& worker) {
  ByteWriter out;
  worker.save(out);
  return {out.bytes().begin(), out.bytes().end()};
}

// With unsettled progress, an alarm, a poll that is not answered yet and messages that wait for the end of a batch.
void live(Worker& worker, CountingReplica& replica) {
  for (int i = 0; i < 25; ++i) replica.learn(worker);
  worker.hear(model(1, 5, 1));
  auto polled = round(2, 0.25);
  polled.poll = 1;
  worker.hear(polled);
  for (int i = 0; i < 70; ++i) replica.learn(worker);
  worker.alarmed(DriftSeverity::moderate, 0.5, DriftKind::abrupt);
  replica.boundary = false;
  worker.hear(model(2, 7, 3));
  worker.hear(round(3, 0.125));
}

void live_on(Worker& worker, CountingReplica& replica) {
  replica.boundary = true;
  for (int i = 0; i < 300; ++i) replica.learn(worker);
}

std::vector<std::vector<std::byte>> told(Worker& worker) {
  std::vector<std::vector<std::byte>> all;
  for (const auto& message : worker.take_messages()) all.push_back(encode(message));
  return all;
}

TEST(StateOfAWorker, GoesOnAsIfItHadNeverMoved) {
  CountingReplica replica;
  Worker stays(settings, replica, round(1, 0.5));
  live(stays, replica);
  (void)stays.take_messages();
  const auto bytes = saved(stays);
  auto elsewhere = replica;
  Worker moved(settings, elsewhere, round(0, 1));
  ByteReader in(bytes);
  ASSERT_TRUE(moved.load(in));
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(saved(moved), bytes);
  EXPECT_EQ(elsewhere.rate, replica.rate);

  live_on(stays, replica);
  live_on(moved, elsewhere);
  const auto here = told(stays);
  EXPECT_GT(here.size(), 20U);
  EXPECT_EQ(told(moved), here);
  EXPECT_EQ(elsewhere.weight, replica.weight);
  EXPECT_EQ(elsewhere.rate, 0.125);
  EXPECT_EQ(saved(moved), saved(stays));
}

TEST(StateOfAWorker, KeepsTheAnswerThatItGave) {
  CountingReplica replica;
  Worker stays(settings, replica, round(1, 0.5));
  replica.learn(stays, 1000, 0);
  replica.learn(stays, 200, 1);
  auto polled = round(2, 0.5);
  polled.poll = 4;
  stays.hear(polled);
  stays.begin_what_was_heard();
  const auto vote = test::newest<Vote>(stays.take_messages());
  ASSERT_TRUE(vote && vote->drifted);
  Worker moved(settings, replica, round(0, 1));
  const auto bytes = saved(stays);
  ByteReader in(bytes);
  ASSERT_TRUE(moved.load(in));
  replica.learn(moved, 10, 0);
  const auto told = test::newest<Publication>(moved.take_messages());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->poll, 4U);
  EXPECT_TRUE(told->drifted) << "a publication repeats the vote, which may have been lost";
}

TEST(StateOfAWorker, ThatIsCutShortIsRefused) {
  CountingReplica replica;
  Worker worker(settings, replica, round(1, 0.5));
  live(worker, replica);
  const auto bytes = saved(worker);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Worker other(settings, replica, round(0, 1));
    ByteReader in(std::span<const std::byte>(bytes).first(size));
    EXPECT_FALSE(other.load(in)) << size;
  }
}

TEST(AWorker, WhoseReplicaHasBegunPublishesAllOfItsProgress) {
  CountingReplica replica;
  replica.weight = 1;  // From a first sample.
  Worker worker(settings, replica, round(0, 1), {{0}, {}});
  for (int i = 0; i < 10; ++i) replica.learn(worker);
  const auto message = test::newest<Publication>(worker.take_messages());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->change.weights[0], 11);
}

}  // namespace
}  // namespace rekindle::cluster
