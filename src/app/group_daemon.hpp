// GroupDaemon: one of several daemons that learn the partitions of a consumer group as one learner; what `run` starts with
// cluster.mode = "group".
#pragma once

#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/clock.hpp"
#include "app/daemon.hpp"
#include "app/group_leader.hpp"
#include "app/group_task.hpp"
#include "app/model_publisher.hpp"
#include "checkpoint/file_system.hpp"
#include "connectors/kafka/group_source.hpp"
#include "connectors/kafka/group_states.hpp"
#include "connectors/kafka/topic_producer.hpp"
#include "connectors/registry/registered_schemas.hpp"

namespace rekindle {

// Everything is one Kafka transaction: the tasks' states, their offsets, what they say to the leader, the journal, predictions and
// events. It is made on a thread of its own while learning goes on, and never for partitions that the group has given to somebody else.
// One thread calls everything but the handlers of HTTP.
class GroupDaemon final : private kafka::GroupMember {
 public:
  GroupDaemon(Configuration configuration, const DaemonOptions& options);
  ~GroupDaemon() override;
  GroupDaemon(const GroupDaemon&) = delete;
  GroupDaemon& operator=(const GroupDaemon&) = delete;

  [[nodiscard]] Status start();
  // Until a signal, or an error that a new start might heal.
  [[nodiscard]] Status run();

 private:
  static constexpr std::chrono::milliseconds load_pause{200};  // Before the brokers are asked again for what is needed to begin.

  [[nodiscard]] Status assigned(std::vector<PartitionPosition>& partitions) override;
  void revoked(bool lost) override;
  [[nodiscard]] Status open_tasks(std::vector<PartitionPosition>& partitions);
  [[nodiscard]] Status open_task(PartitionPosition& samples, const std::optional<kafka::StoredState>& stored, const Position& committed);
  [[nodiscard]] Status place(PartitionPosition& partition, const std::string& name, const Position* saved, const Position& committed) const;
  [[nodiscard]] Status match_labels() const;
  [[nodiscard]] Position places_of_labels() const;
  [[nodiscard]] GroupTask* find(const RawRecord& record);

  [[nodiscard]] Status connect();
  [[nodiscard]] Status learn();
  [[nodiscard]] Status take_all(std::span<const RawRecord> records);
  [[nodiscard]] Status wait_for_schema(RawRecord& record);
  [[nodiscard]] Status take(const RawRecord& record);
  [[nodiscard]] Status on_rejected(const GroupTask& task, const RawRecord& record);
  void log_events(const GroupTask& task);
  [[nodiscard]] Status hear();
  void take_news(const kafka::TopicMessage& message);
  void take_pause(const kafka::TopicMessage& message);

  // Transactions: group_commit.cpp.
  enum class Extent : std::uint8_t { none, speakers, all };  // Of which tasks: those that have messages, or all that have changed.
  [[nodiscard]] bool something_changed() const;
  [[nodiscard]] Extent commit_due() const;
  void commit(Extent extent, bool last = false);
  [[nodiscard]] Status settle_commit(bool wait);
  [[nodiscard]] Status commit_now();
  void discard();
  struct Job {
    OutputBatch outputs;
    std::vector<kafka::GroupStates::State> states;
    kafka::GroupMetadataHolder member;
    Position offsets;
  };
  [[nodiscard]] Job make_job(Extent extent, bool last);
  void add_messages(GroupTask& task, OutputBatch& batch);
  [[nodiscard]] const GroupTask* publishing_task() const;
  [[nodiscard]] ModelStamp group_stamp(const GroupTask& task) const;
  [[nodiscard]] bool model_due(bool last) const;
  void publish_model(Position& offsets);

  // What others see: group_status.cpp.
  Status listen();
  void publish();
  void report(ClusterStatus& out);
  void cadence();
  [[nodiscard]] Position position() const;

  // Commands: group_commands.cpp.
  void obey();
  [[nodiscard]] Result<boost::json::object> carry_out(const OperatorCommand& command);
  [[nodiscard]] Status forward(const OperatorCommand& command);
  [[nodiscard]] Result<boost::json::object> reload();
  void reload_on_signal();

  [[nodiscard]] bool should_stop() const;
  Status finish(Status outcome);

  // Its learner is a worker's, and all that a task writes is in its transaction.
  [[nodiscard]] static Configuration group_member(Configuration configuration);

  const DaemonOptions options_;
  Configuration configuration_;
  GroupTopics topics_;
  std::string instance_;
  std::unique_ptr<FileLock> lock_;
  GroupLeader leader_;
  std::unique_ptr<kafka::GroupStates> states_;
  std::unique_ptr<kafka::TopicReader> control_;
  std::unique_ptr<kafka::GroupSource> source_;
  std::unique_ptr<kafka::TopicProducer> commands_out_;
  std::map<std::pair<std::string, std::int32_t>, std::unique_ptr<GroupTask>> tasks_;
  GroupTask* last_task_ = nullptr;
  GroupNews news_;
  std::unique_ptr<RegisteredSchemas> schemas_;  // None: records say themselves what they mean.
  Outputs outputs_;
  ModelPublisher publisher_;
  std::unique_ptr<DeadLetterSink> dead_letters_;
  ErrorBudget budget_;

  std::future<Result<bool>> under_way_;
  SteadyTime commit_begun_;
  SteadyTime all_committed_;    // When the newest of all tasks began; as the next.
  double packing_seconds_ = 0;  // What the newest took before it was under way.
  double commit_seconds_ = 0;   // What it took until it was done.
  bool behind_ = false;         // More records wait than were handed out.
  std::uint64_t taken_at_commit_ = 0;
  std::uint64_t bytes_under_way_ = 0;
  CheckpointStatus checkpoint_;
  HistogramData commit_durations_;

  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  std::shared_ptr<ModelBoard> models_;
  CommandQueue commands_;
  PageFeed feed_;
  ServiceManager service_;
  std::unique_ptr<HttpServer> http_;
  std::atomic<std::int64_t> last_tick_ms_{0};
  double started_seconds_ = 0;
  double last_drift_seconds_ = 0;
  SteadyTime last_publish_;
  bool paused_ = false;
  std::string waiting_for_ = "starting";
  std::string not_ready_ = "not started";
  std::uint64_t taken_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t adopted_ = 0;  // By tasks that are gone; as the next.
  std::uint64_t ignored_ = 0;
  std::uint64_t aborted_ = 0;
  std::uint64_t letters_ = 0;
  std::deque<boost::json::object> incidents_;  // As the leader has said them, the newest last.
  std::array<std::uint64_t, reject_reason_names.size()> rejected_{};
  std::array<LogLimit, reject_reason_names.size()> rejected_limits_{};
  HistogramData durations_;
};

}  // namespace rekindle
