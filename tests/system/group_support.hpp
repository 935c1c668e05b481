// What the tests of a group of daemons share: a topic of partitions that fills while they learn, and what they have left on topics.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {

// Line i goes to the partition that is next in `turns`, which begin again at their end; so many a second, on a thread of its own. Where
// brokers are killed, a producer may break (TopicProducer::broken) and some lines with it: `GroupTest::on_topic` counts then.
class Feeder {
 public:
  Feeder(std::string brokers, std::string topic, std::vector<std::string> lines, std::vector<std::int32_t> turns, double per_second);
  ~Feeder() { wait(); }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  void wait();
  void stop();  // No more than it has fed by now.

 private:
  void feed(const std::string& brokers, const std::string& topic, const std::vector<std::string>& lines,
            const std::vector<std::int32_t>& turns, double per_second);
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// A rate that turns again and again, so that rounds differ.
inline const Arguments turning_rate = {"optimizer={type=\"sgd\"}", "schedule={type=\"cosine_restarts\",lr=0.02,lr_min=0.002,T_0=5000}",
                                       "drift.policy=alarm", "cluster.sync_samples=100"};

class GroupTest : public DaemonTest {
 protected:
  static constexpr int partitions = 8;

  // As `rekindle generate` makes them.
  [[nodiscard]] std::vector<std::string> generated(const Arguments& what, int samples) const;
  // Three concepts, a tenth of the labels wrong.
  [[nodiscard]] std::vector<std::string> sea(int samples) const {
    return generated({"sea", "drift=abrupt", fmt::format("every={}", samples / 3), "noise=0.1"}, samples);
  }

  // For bootstrap.servers, and one of the brokers that runs.
  [[nodiscard]] virtual std::string addresses() const { return broker().address(); }
  [[nodiscard]] virtual KafkaBroker& any_broker() const { return broker(); }

  // The topic is there, and empty.
  [[nodiscard]] Deployment deploy_group(const Arguments& more = {});
  // A daemon of the group with a state directory of its own.
  [[nodiscard]] std::unique_ptr<Daemon> join(const Deployment& group, int member) const;
  [[nodiscard]] std::unique_ptr<Feeder> feed(const std::vector<std::string>& lines, double per_second,
                                             const std::string& topic = "samples") const;
  [[nodiscard]] std::unique_ptr<Feeder> feed(const std::vector<std::string>& lines, std::vector<std::int32_t> turns, double per_second,
                                             const std::string& topic = "samples") const;

  // A record for each partition is learned, and all members have heard a leader.
  [[nodiscard]] bool begins(const std::vector<std::unique_ptr<Daemon>>& members, const std::vector<std::string>& first) const;

  // Records that there are for the group.
  [[nodiscard]] std::int64_t on_topic() const;
  // Offsets that the group has committed, over all partitions.
  [[nodiscard]] std::int64_t committed(const std::string& topic = "samples") const;
  [[nodiscard]] bool learns(std::int64_t records, std::chrono::milliseconds patience = std::chrono::seconds(120),
                            const std::string& topic = "samples") const;
  // The members' accuracies, each with its share of the samples.
  [[nodiscard]] static double accuracy(const std::vector<std::unique_ptr<Daemon>>& members);

  // A group of so many learns the lines as they come, and one replay after it; all that the group has left is whole.
  struct Compared {
    double together = 0;
    double alone = 0;
    std::size_t rounds = 0;
  };
  Compared compare_with_one_alone(const Deployment& group, int size, const std::vector<std::string>& lines, double per_second);

  // The lines of the journal, by task, in their order.
  [[nodiscard]] std::map<std::string, std::vector<boost::json::object>> journal() const;
  // Incidents that leaders have told, of all partitions or of one.
  [[nodiscard]] std::vector<boost::json::object> incidents(const std::string& scope) const;

  // Each record was learned once by its task, each has one prediction; rounds and generations never went back in a task; all tasks had
  // the same rate in each round. The rounds that were begun.
  std::size_t expect_whole(std::int64_t samples) const;
  // `expect_replayable_group`, and prints what it says.
  void expect_replayable(const Deployment& group) const;
};

// Static members, for a test to stop, kill and start again.
class TroubledGroup : public GroupTest {
 protected:
  void begin(int size);
  // As a supervisor would.
  void start_again(std::size_t member) { members_[member] = join(groups_[member], static_cast<int>(member)); }
  // -1: nobody leads at this moment.
  [[nodiscard]] int leader();
  [[nodiscard]] bool leads(std::size_t member);
  // Where the group and each of its members are, for people.
  [[nodiscard]] std::string stand();
  // All is learned, all members stop as they should, and what they have left is whole.
  void finish(std::int64_t samples);

  Deployment group_;
  std::vector<Deployment> groups_;
  std::vector<std::unique_ptr<Daemon>> members_;
};

}  // namespace rekindle::system_test
