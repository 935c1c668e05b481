// Daemon: source, learner, checkpoints, metrics and HTTP wired together; what `run` and `demo` start.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "app/checkpoint_writer.hpp"
#include "app/clock.hpp"
#include "app/configuration.hpp"
#include "app/decode_beside.hpp"
#include "app/idle_watch.hpp"
#include "app/journal.hpp"
#include "app/lag_policy.hpp"
#include "app/live_range_test.hpp"
#include "app/log.hpp"
#include "app/model_board.hpp"
#include "app/model_publisher.hpp"
#include "app/operator_command.hpp"
#include "app/outputs.hpp"
#include "app/page_feed.hpp"
#include "app/reload.hpp"
#include "app/service_manager.hpp"
#include "app/session.hpp"
#include "app/status_board.hpp"
#include "connectors/kafka/client_group.hpp"
#include "connectors/source.hpp"
#include "data/anchor.hpp"
#include "http/server.hpp"

namespace rekindle {

struct DaemonOptions {
  bool fresh = false;                             // Set old checkpoints aside and start anew.
  bool require_healthy = false;                   // Give up (69) when the source cannot be reached at start.
  std::optional<std::uint64_t> stop_after;        // Records; for `demo`.
  std::function<Result<Configuration>()> reread;  // The configuration again, for `reload`; empty: it has no file.
};

// One thread calls everything but `request_stop`.
class Daemon {
 public:
  Daemon(Configuration configuration, DaemonOptions options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Lock, load, listen. Everything that can be wrong at start is found here.
  [[nodiscard]] Status start();

  // Learns until a signal, `request_stop`, the end of a finite source or `stop_after` records. Saves what is learned, but for an
  // error that forbids it.
  [[nodiscard]] Status run();

  void request_stop() { stop_requested_ = true; }
  // Records taken so far, for a producer that must not run too far ahead. Any thread.
  [[nodiscard]] std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const StatusBoard& board() const { return *board_; }
  [[nodiscard]] std::string url() const;  // "" without HTTP.

 private:
  [[nodiscard]] Status take_up(std::optional<LoadedCheckpoint> loaded);
  [[nodiscard]] Result<bool> load_when_reachable();
  Status listen();
  Status learn();
  Status learn_batch(std::span<const RawRecord> records);
  Status take(const RawRecord& record, const DecodedRecord* decoded, const DecodedRecord* next);
  Status on_rejected(const RawRecord& record);

  // What it writes to topics: daemon_outputs.cpp.
  void count_letters(OutputStatus& out) const;
  Status send_dead_letter(const RawRecord& record, const Rejection& why);
  Status send_prediction(const RawRecord& record);
  void send_event(std::string_view type, const boost::json::object& fields);
  void publish_model(bool last = false);
  Status send_patiently(const std::function<Status()>& send);
  [[nodiscard]] bool sent_is_safe(std::chrono::milliseconds patience);
  void checkpoint_saved(const Position& saved);
  void warn_of_no_labels();

  // What is left out or lost: daemon_losses.cpp.
  void watch_lag(const SourceStatus& source);
  Status jump_to_the_end();
  void leave_out(const RawRecord& record);
  void tell_losses(const SourceStatus& source);
  void tell_skips();

  void log_rejected(const RawRecord& record, const Rejection& why);
  void log_events();
  void advance(const RawRecord& record);
  void pass(const RawRecord& record);
  void begin_partition(const PartitionPosition& start);
  void settle_position();
  void cadence();
  void tick(SteadyTime now);
  [[nodiscard]] bool checkpoint_due() const;
  void checkpoint();
  [[nodiscard]] Checkpoint make_checkpoint();
  [[nodiscard]] Status save_now();
  void wait_for_room();
  [[nodiscard]] bool reads_all_topics(const SourceStatus& source) const;
  void log_readiness(const StatusSnapshot& snapshot);
  void log_health(const HealthStatus& health);
  void publish();
  Status finish(Status outcome);
  [[nodiscard]] bool should_stop() const;

  // Commands: daemon_commands.cpp.
  void obey();
  void wait_while_paused();
  [[nodiscard]] Result<boost::json::object> carry_out(const OperatorCommand& command);
  [[nodiscard]] Status act(const OperatorCommand& command);
  void tell_stream_command(const RawRecord& record, std::optional<double> lr_before);
  [[nodiscard]] boost::json::object announce(const OperatorCommand& command, std::optional<double> lr_before, boost::json::object more);
  [[nodiscard]] std::optional<double> present_lr() const;
  [[nodiscard]] Status checkpoint_now();
  [[nodiscard]] Result<boost::json::object> reload();
  void reload_on_signal();

  // To Kafka: daemon_connection.cpp.
  [[nodiscard]] Status open_store();
  [[nodiscard]] Status connect();
  [[nodiscard]] Status reconnect();
  void take_secrets(const Configuration& next, ReloadPlan& plan);
  [[nodiscard]] Status open_journal(const std::map<std::string, std::string>* summary, const std::string& saved_configuration);
  void feed_page(const StatusSnapshot& snapshot);
  void checkpointed();

  std::string not_loaded_;  // Why there is no state yet, where it is elsewhere.

  static constexpr auto flush_patience = std::chrono::milliseconds(200);
  static constexpr auto last_flush_patience = std::chrono::seconds(5);
  static constexpr auto healthy_within = std::chrono::seconds(10);
  static constexpr auto pause_patience = std::chrono::milliseconds(50);

  Configuration configuration_;
  DaemonOptions options_;
  Session session_;
  ErrorBudget budget_;
  Outputs outputs_;
  ModelPublisher publisher_;
  std::unique_ptr<JournalWriter> journal_;  // Before the writer, whose thread syncs it.
  std::string journal_id_;                  // With checkpoints that are elsewhere.
  std::unique_ptr<CheckpointWriter> writer_;
  std::unique_ptr<SampleSource> source_;
  std::unique_ptr<DecodeBeside> beside_;  // Of the session's decoder; null while no batch was large enough.
  std::unique_ptr<DeadLetterSink> dead_letters_;
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  std::shared_ptr<ModelBoard> models_;
  CommandQueue commands_;
  PageFeed feed_;
  ServiceManager service_;
  LiveRangeTest range_test_;
  double ahead_sent_ = 0;
  std::unique_ptr<HttpServer> http_;

  Position position_;
  std::string pending_topic_;  // The partition that is being read, and its next offset; in `position_` once it changes.
  std::int32_t pending_partition_ = 0;
  std::int64_t pending_next_ = -1;
  const RawRecord* pending_record_ = nullptr;  // The last one taken, until the position has it.
  Anchors anchors_;

  std::shared_ptr<kafka::ClientGroup> clients_ = std::make_shared<kafka::ClientGroup>();
  std::string certificates_;  // What their files held when the clients were made.

  std::atomic<bool> stop_requested_{false};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::int64_t> last_tick_ms_{0};
  double started_seconds_ = 0;
  double last_drift_seconds_ = 0;
  SteadyTime last_publish_;
  SteadyTime last_checkpoint_;
  std::uint64_t samples_at_checkpoint_ = 0;
  IdleWatch idle_;
  LagPolicy lag_;
  bool jump_due_ = false;
  std::uint64_t skips_told_ = 0;           // Of the records left out one by one.
  std::uint64_t losses_told_ = 0;          // As the source counts them.
  OutputStatus letters_;                   // Of dead letters, as the last of `output_names`.
  std::string not_ready_ = "not started";  // As logged last.
  std::string verdict_;                    // That was logged last.
  bool changed_since_checkpoint_ = false;
  bool checkpoint_soon_ = false;  // A command changed the state: a crash should not undo it.
  bool paused_ = false;
  bool reconnect_soon_ = false;  // A reload brought certificates that only new clients read.
  bool at_end_ = false;
  bool labels_seen_or_missed_ = false;  // Whether there are any is settled: one came, or the log said that none did.
  bool inside_a_batch_ = false;         // A record was refused: the state is ahead of the position, and not to be saved.
  std::array<std::uint64_t, reject_reason_names.size()> rejected_{};
  std::array<LogLimit, reject_reason_names.size()> rejected_limits_{};
  LogLimit skipped_limit_;
  LogLimit class_limit_;
  LogLimit verdict_limit_{std::chrono::seconds(60)};  // On a fast stream a verdict may change with every look.
  HistogramData durations_;
};

}  // namespace rekindle
