// What the tests of a group of daemons share: a topic of partitions that fills while they learn, and what they have left on topics.
#pragma once

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

// Line i goes to partition i mod `partitions`, so many a second, on a thread of its own.
class Feeder {
 public:
  Feeder(std::string brokers, std::string topic, std::vector<std::string> lines, int partitions, double per_second);
  ~Feeder() { wait(); }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  void wait();
  [[nodiscard]] std::int64_t fed() const { return fed_; }

 private:
  void feed(const std::string& brokers, const std::string& topic, const std::vector<std::string>& lines, int partitions, double per_second);
  std::atomic<std::int64_t> fed_{0};
  std::thread thread_;
};

class GroupTest : public DaemonTest {
 protected:
  static constexpr int partitions = 8;

  // The topic is there, and empty.
  [[nodiscard]] Deployment deploy_group(const Arguments& more = {});
  // A daemon of the group with a state directory of its own.
  [[nodiscard]] std::unique_ptr<Daemon> join(const Deployment& group, int member) const;
  [[nodiscard]] std::unique_ptr<Feeder> feed(const std::vector<std::string>& lines, double per_second) const;

  // A record for each partition is learned, and all members have heard a leader.
  [[nodiscard]] bool begins(const std::vector<std::unique_ptr<Daemon>>& members, const std::vector<std::string>& first) const;

  // Offsets that the group has committed, over all partitions.
  [[nodiscard]] static std::int64_t committed();
  [[nodiscard]] static bool learns(std::int64_t samples, std::chrono::milliseconds patience = std::chrono::seconds(120));
  // The members' accuracies, each with its share of the samples.
  [[nodiscard]] static double accuracy(const std::vector<std::unique_ptr<Daemon>>& members);

  // The lines of the journal, by task, in their order.
  [[nodiscard]] static std::map<std::string, std::vector<boost::json::object>> journal();
  // Incidents that leaders have told, of all partitions or of one.
  [[nodiscard]] static std::vector<boost::json::object> incidents(const std::string& scope);

  // Each record was learned once by its task, each has one prediction; rounds and generations never went back in a task; all tasks had
  // the same rate in each round. The rounds that were begun.
  static std::size_t expect_whole(std::int64_t samples);
  // The journal, followed from the first record on, comes to every state that was committed.
  void expect_replayable(const Deployment& group) const;
};

}  // namespace rekindle::system_test
