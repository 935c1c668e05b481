// GroupLeader: a thread that leads the group whenever the partition of the control topic is this daemon's.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/group_topics.hpp"
#include "cluster/leader.hpp"
#include "connectors/kafka/group_consumer.hpp"
#include "connectors/kafka/topic_reader.hpp"
#include "connectors/kafka/transactional_producer.hpp"
#include "data/cluster_status.hpp"

namespace rekindle {

// All daemons of the group stand for election in a consumer group of their own, so that a leader stays when partitions of the samples
// move. All leaders have one transactional id: who begins to lead fences who led before, whose messages the brokers refuse from then on.
class GroupLeader final : private kafka::GroupMember {
 public:
  explicit GroupLeader(const Configuration& configuration);
  ~GroupLeader() override { stop(); }
  GroupLeader(const GroupLeader&) = delete;
  GroupLeader& operator=(const GroupLeader&) = delete;

  void start();
  void stop();

  // Any thread: what drifts are answered with from now on, where this daemon leads.
  void answer_with(std::shared_ptr<const DriftPolicy> policy);
  [[nodiscard]] std::optional<Error> failure() const;
  void report(ClusterStatus& out) const;

 private:
  [[nodiscard]] Status assigned(std::vector<PartitionPosition>& partitions) override;
  void revoked(bool lost) override;

  void run();
  [[nodiscard]] Status stand_for_election();
  [[nodiscard]] Status lead();
  [[nodiscard]] Status take_the_lead();
  [[nodiscard]] Status read_predecessor();
  [[nodiscard]] Status hear_the_past();
  [[nodiscard]] Status begin_a_group(const GroupEnvelope& birth);
  [[nodiscard]] Result<std::vector<cluster::WorkerId>> all_workers();
  void hear(std::string_view kind, std::int64_t offset, std::span<const std::byte> value);
  void obey(std::string_view command);
  [[nodiscard]] bool carry_out(const std::string& action, double number);
  [[nodiscard]] Status broadcast();
  void add_incidents(OutputBatch& batch);
  void step_down();
  void publish_status();
  [[nodiscard]] cluster::LeaderSettings settings() const;
  [[nodiscard]] std::shared_ptr<const DriftPolicy> policy() const;
  void log(const std::string& what) const;

  const Configuration configuration_;
  const GroupTopics topics_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  std::unique_ptr<kafka::GroupConsumer> candidate_;
  bool elected_ = false;
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::unique_ptr<kafka::TopicReader> changes_;
  std::unique_ptr<cluster::Leader> leader_;
  std::uint64_t layout_ = 0;
  std::int64_t heard_ = -1;         // On the changes.
  std::int64_t obeyed_until_ = -1;  // Commands up to there were carried out by a predecessor.
  std::uint64_t incidents_told_ = 0;
  bool model_unsaid_ = false;  // The first one.
  bool has_obeyed_ = false;    // A command, since the last broadcast.
  std::optional<bool> pause_;  // To be said to all.
  Status trouble_;             // Met while hearing.

  mutable std::mutex mutex_;  // Of the three below, and of the pointer to the producer.
  ClusterStatus status_;
  std::optional<Error> failure_;
  std::shared_ptr<const DriftPolicy> policy_;
};

}  // namespace rekindle
