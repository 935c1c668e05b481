#include "app/group_daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "app/daemon_http.hpp"
#include "app/event_json.hpp"
#include "app/histogram.hpp"
#include "app/journal_identity.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"

namespace rekindle {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_patience = 20ms;
constexpr auto look_for_partitions = 3s;
constexpr auto last_patience = 5s;
constexpr unsigned close_seconds = 8;  // A client library that hangs while it closes may not hold up the exit.

Configuration with_log(Configuration configuration) {
  configuration.kafka.kafka.log = log_client_line;
  return configuration;
}

// A static member's name in the group is its name here, too.
std::string instance_of(const Configuration& configuration) {
  for (const auto& [name, value] : configuration.kafka.kafka.properties) {
    if (name == "group.instance.id") return value;
  }
  const auto& directory = configuration.checkpoint.directory;
  const auto known = journal_identity(directory);
  return known.empty() ? renew_journal_identity(directory) : known;
}

}  // namespace

Configuration GroupDaemon::group_member(Configuration configuration) {
  configuration.learner = worker_spec(configuration.learner);
  configuration.output.exactly_once = true;
  return configuration;
}

GroupDaemon::GroupDaemon(Configuration configuration, const DaemonOptions& options)
    : options_(options),
      configuration_(group_member(with_log(configuration))),
      topics_(configuration_),
      leader_(with_log(configuration)),
      outputs_(configuration_),
      publisher_(configuration_.output.model, configuration_.kafka.group),
      dead_letters_(make_batched_letters(outputs_.batch(), configuration_)),
      budget_(configuration_.source.on_error_limit),
      commit_durations_(empty_histogram({checkpoint_duration_bounds.begin(), checkpoint_duration_bounds.end()})),
      models_(std::make_shared<ModelBoard>(configuration_.learner.schema, options_of_predict(configuration_.http))),
      started_seconds_(wall_seconds()),
      durations_(empty_histogram({sample_duration_bounds.begin(), sample_duration_bounds.end()})) {}

GroupDaemon::~GroupDaemon() = default;

Status GroupDaemon::start() {
  auto& files = real_file_system();
  const auto& directory = configuration_.checkpoint.directory;
  if (auto made = files.make_directories(directory); !made) return made;
  auto lock = files.lock(directory + "/lock");
  if (!lock) return tl::unexpected(lock.error());
  lock_ = *std::move(lock);
  instance_ = instance_of(configuration_);
  kafka::GroupStatesSettings settings;
  settings.kafka = configuration_.kafka.kafka;
  settings.group = topics_.group;
  settings.instance = instance_;
  settings.topic = topics_.state;
  settings.compacted_topics = {topics_.control, topics_.changes};
  if (outputs_.writes_models()) settings.compacted_topics.push_back(configuration_.output.model.topic);
  settings.log_topics = {topics_.journal};
  for (const auto& topic : {configuration_.output.predictions, configuration_.output.events}) {
    if (!topic.empty()) settings.output_topics.push_back(topic);
  }
  if (dead_letters_) settings.dead_letter_topic = configuration_.dead_letter_topic;
  states_ = std::make_unique<kafka::GroupStates>(std::move(settings));
  schemas_ = make_schemas(configuration_.source);
  publish();
  return listen();
}

bool GroupDaemon::should_stop() const { return stop_signal() != 0; }

Status GroupDaemon::run() {
  service_.ready();  // The brokers may be away: that is for /readyz, not a reason to be started again.
  auto outcome = connect();
  if (outcome && !should_stop()) outcome = learn();
  return finish(std::move(outcome));
}

// Everything that the group has said so far is heard before the first record.
Status GroupDaemon::connect() {
  while (!should_stop()) {
    const auto status = states_->begin();
    if (status) break;
    if (status.error().code != ErrorCode::unavailable) return status;
    if (waiting_for_ != status.error().message) log_event(LogLevel::warn, "checkpoint_waits", {{"reason", status.error().message}});
    waiting_for_ = status.error().message;
    cadence();
    std::this_thread::sleep_for(load_pause);
  }
  waiting_for_ = "the group has not been heard yet";
  control_ = std::make_unique<kafka::TopicReader>(kafka::ReadingSettings{configuration_.kafka.kafka, topics_.group}, topics_.control);
  while (!should_stop() && !control_->caught_up()) {
    control_->poll(load_pause, [this](const auto& message) { take_news(message); });
    cadence();
  }
  auto producer = kafka::TopicProducer::make(configuration_.kafka.kafka);
  if (!producer) return tl::unexpected(producer.error());
  commands_out_ = *std::move(producer);
  auto source = configuration_.kafka;
  source.rescan = std::min<std::chrono::milliseconds>(source.rescan, look_for_partitions);
  auto made = kafka::GroupSource::make(source, *this, {configuration_.source.labels_topic, [this] { return places_of_labels(); }});
  if (!made) return tl::unexpected(made.error());
  source_ = *std::move(made);
  leader_.start();
  waiting_for_ = "the group has given no partitions yet";
  return {};
}

Status GroupDaemon::learn() {
  commit_begun_ = all_committed_ = last_publish_ = steady_now();
  while (!should_stop()) {
    const auto polled = source_->poll(poll_patience);
    if (!polled) return polled.error().code == ErrorCode::interrupted ? Status() : tl::unexpected(polled.error());
    behind_ = source_->more();
    if (auto status = hear(); !status) return status;
    if (auto status = take_all(*polled); !status) {
      if (status.error().code == ErrorCode::interrupted) return {};
      discard();
      return status;
    }
    if (auto status = settle_commit(outputs_.crowded()); !status) return status;
    if (const auto extent = commit_due(); extent != Extent::none) commit(extent);
    obey();
    reload_on_signal();
    source_->hold(paused_);
    cadence();
    if (const auto failure = leader_.failure()) return tl::unexpected(*failure);
  }
  return {};
}

Status GroupDaemon::take_all(std::span<const RawRecord> records) {
  std::uint64_t index = 0;
  RawRecord framed;
  for (const auto& record : records) {
    if (schemas_) {
      framed = record;
      if (auto status = wait_for_schema(framed); !status) return status;
    }
    const bool timed = index++ % 64 == 0;
    const auto start = timed ? steady_now() : SteadyTime{};
    if (auto status = take(schemas_ ? framed : record); !status) return status;
    if (timed) observe(durations_, seconds_since(start));
  }
  return {};
}

// While it waits nobody polls: after max.poll.interval.ms the group gives the partitions to others, and what comes of this is refused.
Status GroupDaemon::wait_for_schema(RawRecord& record) {
  while (!schemas_->attach(record)) {
    if (should_stop()) return fail(ErrorCode::interrupted, "stopped while a schema was waited for");
    (void)schemas_->wait_for(record, poll_patience);
    waiting_for_ = schemas_->problem();
    if (auto status = settle_commit(false); !status) return status;
    cadence();
  }
  return {};
}

// The task that is to take it; null: it has been given away, or has taken it before. Labels of their own are for the task of the samples'
// partition of the same number.
GroupTask* GroupDaemon::find(const RawRecord& record) {
  const auto* at = last_task_ == nullptr ? nullptr : last_task_->position_of(record);
  if (at == nullptr) {
    const bool is_label = record.topic == configuration_.source.labels_topic;
    const auto found = tasks_.find({is_label ? configuration_.kafka.topics.front() : std::string(record.topic), record.partition});
    last_task_ = found == tasks_.end() ? nullptr : found->second.get();
    at = last_task_ == nullptr ? nullptr : last_task_->position_of(record);
  }
  return at == nullptr || record.offset < at->next ? nullptr : last_task_;
}

Status GroupDaemon::take(const RawRecord& record) {
  auto* task = find(record);
  if (task == nullptr) return {};
  ++taken_;
  auto& session = task->session();
  if (outputs_.writes_predictions()) outputs_.before_sample(session.learner());
  const auto learned = task->take(record);
  if (!learned) return tl::unexpected(learned.error());
  budget_.count(!*learned, session.rejection());
  if (!*learned) return on_rejected(*task, record);
  if (session.learner() == nullptr) return {};  // A label before the first sample.
  if (outputs_.writes_predictions() && !session.took_label()) {
    outputs_.after_sample(record, session.sample().id, *session.learner());
    if (auto status = outputs_.send_prediction(); !status) return status;
  }
  if (!session.learner()->events().empty()) log_events(*task);
  task->settle();
  return {};
}

Status GroupDaemon::on_rejected(const GroupTask& task, const RawRecord& record) {
  const auto& why = task.session().rejection();
  if (const auto not_shown = rejected_limits_[static_cast<std::size_t>(why.reason)].admit(steady_now())) {
    log_event(LogLevel::warn, "record_rejected",
              {{"topic", record.topic},
               {"partition", record.partition},
               {"offset", record.offset},
               {"reason", to_string(why.reason)},
               {"detail", why.detail},
               {"then", dead_letters_ ? "dead letter" : "skipped"},
               {"not_shown", *not_shown}});
  }
  if (configuration_.source.on_error == OnError::stop) return fail(ErrorCode::data, "{}@{}: {}", task.name(), record.offset, why.detail);
  if (dead_letters_) {
    ++letters_;
    if (auto status = dead_letters_->send(record, source_->headers_of(record), why); !status) return status;
  }
  ++rejected_[static_cast<std::size_t>(why.reason)];
  if (!budget_.exceeded()) return {};
  return fail(ErrorCode::data, "too many records cannot be learned: {}; stopped before their position was saved (source.on_error_limit)",
              budget_.worst());
}

void GroupDaemon::log_events(const GroupTask& task) {
  for (const auto& event : task.session().learner()->events()) {
    feed_.add(event);
    if (outputs_.writes_events()) {
      auto [type, fields] = event_json(event);
      fields["task"] = task.name();
      (void)outputs_.send_event(type, fields);  // Into the batch.
    }
    if (const auto* opened = std::get_if<IncidentOpened>(&event)) {
      const auto& i = opened->incident;
      last_drift_seconds_ = wall_seconds();
      log_event(LogLevel::info, "evidence",
                {{"task", task.name()}, {"sample", i.sample}, {"detector", i.detector}, {"severity", i.severity}});
    } else if (const auto* diverged = std::get_if<Diverged>(&event)) {
      log_event(
          LogLevel::warn, "diverged",
          {{"task", task.name()}, {"sample", diverged->sample}, {"lr_before", diverged->lr_before}, {"lr_after", diverged->lr_after}});
    }
  }
}

Status GroupDaemon::hear() {
  control_->poll(0ms, [this](const auto& message) { take_news(message); });
  for (auto& [key, task] : tasks_) {
    if (auto status = task->hear(news_); !status) return status;
  }
  return {};
}

Status GroupDaemon::finish(Status outcome) {
  service_.stopping();
  std::signal(SIGALRM, [](int) { _exit(0); });
  if (outcome) alarm(close_seconds);
  if (states_) states_->hurry(last_patience);
  if (!outcome) discard();
  if (source_) source_->close();
  leader_.stop();
  publish();
  if (http_) http_->stop();
  alarm(0);
  log_event(LogLevel::info, "stopped", {{"samples", taken_}});
  return outcome;
}

}  // namespace rekindle
