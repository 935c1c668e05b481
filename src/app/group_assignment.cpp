// What the group gives to a daemon and takes from it: tasks, with their states and places.
#include <thread>

#include "app/group_daemon.hpp"
#include "app/log.hpp"

namespace rekindle {

namespace {
// Whoever had a partition before may commit between the reading of its state and that of its offset: both are read again, so often.
constexpr int agreement_tries = 25;
}  // namespace

Status GroupDaemon::assigned(std::vector<PartitionPosition>& partitions) {
  int disagreements = 0;
  while (true) {
    const auto status = open_tasks(partitions);
    if (status) break;
    tasks_.clear();
    const bool disagree = status.error().code == ErrorCode::data && ++disagreements < agreement_tries;
    if (!disagree && status.error().code != ErrorCode::unavailable) return status;
    if (waiting_for_ != status.error().message) log_event(LogLevel::warn, "checkpoint_waits", {{"reason", status.error().message}});
    waiting_for_ = status.error().message;
    cadence();
    if (should_stop()) return fail(ErrorCode::interrupted, "stopped while the states of the tasks were read");
    std::this_thread::sleep_for(load_pause);
  }
  waiting_for_.clear();
  std::vector<std::string> names;
  for (const auto& [key, task] : tasks_) names.push_back(task->name());
  log_event(LogLevel::info, "assigned", {{"tasks", fmt::format("{}", fmt::join(names, " "))}});
  return {};
}

// A label is looked for in the partition of its sample's number.
Status GroupDaemon::match_labels() const {
  const auto& samples = configuration_.kafka.topics.front();
  const auto& labels = configuration_.source.labels_topic;
  if (labels.empty()) return {};
  const auto of_samples = source_->consumer().partitions_of(samples);
  if (!of_samples) return tl::unexpected(of_samples.error());
  const auto of_labels = source_->consumer().partitions_of(labels);
  if (!of_labels) return tl::unexpected(of_labels.error());
  if (*of_samples == *of_labels) return {};
  return fail(ErrorCode::unavailable,
              "topic \"{}\" has {} partitions and topic \"{}\" has {}: a label is looked for in the partition of its sample's number",
              samples, *of_samples, labels, *of_labels);
}

Status GroupDaemon::open_tasks(std::vector<PartitionPosition>& partitions) {
  tasks_.clear();
  last_task_ = nullptr;
  if (partitions.empty()) return {};
  if (auto status = match_labels(); !status) return status;
  std::vector<std::string> names;
  auto places = partitions;
  for (const auto& one : partitions) {
    names.push_back(topics_.state_name(one.topic, one.partition));
    if (const auto& labels = configuration_.source.labels_topic; !labels.empty()) places.push_back({labels, one.partition, 0});
  }
  auto states = states_->read(names);
  if (!states) return tl::unexpected(states.error());
  const auto committed = source_->consumer().committed(places);
  if (!committed) return tl::unexpected(committed.error());
  for (auto& one : partitions) {
    if (auto status = open_task(one, states->at(topics_.state_name(one.topic, one.partition)), *committed); !status) return status;
  }
  return {};
}

Status GroupDaemon::open_task(PartitionPosition& samples, const std::optional<kafka::StoredState>& stored, const Position& committed) {
  const auto name = fmt::format("topic {}, {}", topics_.state, topics_.state_name(samples.topic, samples.partition));
  Checkpoint checkpoint;
  if (stored) {
    auto decoded = decode_checkpoint(stored->bytes);
    if (!decoded) return fail(ErrorCode::data, "{}: {}", name, decoded.error().message);
    checkpoint = *std::move(decoded);
  }
  const auto* saved = stored ? &checkpoint.position : nullptr;
  if (auto status = place(samples, name, saved, committed); !status) return status;
  std::optional<PartitionPosition> labels;
  if (const auto& topic = configuration_.source.labels_topic; !topic.empty()) {
    labels = {topic, samples.partition, 0};
    if (auto status = place(*labels, name, saved, committed); !status) return status;
  }
  auto task = std::make_unique<GroupTask>(configuration_, samples, labels);
  if (stored) {
    std::vector<std::string> notes;
    const auto learned = checkpoint.summary["samples"];
    if (auto status = task->restore(std::move(checkpoint), notes); !status) return status;
    for (const auto& note : notes) log_event(LogLevel::warn, "configuration_changed", {{"task", task->name()}, {"what", note}});
    log_event(LogLevel::info, "restored", {{"task", task->name()}, {"samples", learned}, {"next", samples.next}});
  }
  tasks_[{samples.topic, samples.partition}] = std::move(task);
  return {};
}

// State and offset are of one transaction: where they differ, something else has written one of them. `saved` is the state's; null: there
// is no state.
Status GroupDaemon::place(PartitionPosition& partition, const std::string& name, const Position* saved, const Position& committed) const {
  const auto* known = committed.find(partition.topic, partition.partition);
  if (saved == nullptr && known != nullptr) {
    return fail(ErrorCode::data,
                "{}: there is no state, but the group has committed offset {}: the group was used without it, or the state was lost. "
                "Choose another source.group.",
                name, known->next);
  }
  if (saved == nullptr) {
    const auto first = source_->consumer().first_offset(partition);
    if (!first) return tl::unexpected(first.error());
    partition.next = *first;
    return {};
  }
  const auto* at = saved->find(partition.topic, partition.partition);
  if (at == nullptr)
    return fail(ErrorCode::data, "{}: the state was made without topic {}. Choose another source.group.", name, partition.topic);
  if (known != nullptr && known->next != at->next) {
    return fail(ErrorCode::data,
                "{}: the state ends before offset {} of topic {}, but the group's committed offset is {}; they are committed together",
                name, at->next, partition.topic, known->next);
  }
  partition.next = at->next;
  return {};
}

Position GroupDaemon::places_of_labels() const {
  Position places;
  for (const auto& [key, task] : tasks_) {
    if (const auto* labels = task->labels()) places.set(labels->topic, labels->partition, labels->next);
  }
  return places;
}

void GroupDaemon::revoked(bool lost) {
  // A transaction that is under way is of these partitions.
  auto status = settle_commit(true);
  if (status && !lost && !tasks_.empty()) status = commit_now();
  if (!status) log_event(LogLevel::warn, "commit_failed", {{"reason", status.error().message}, {"then", "others learn it again"}});
  if (!tasks_.empty()) log_event(LogLevel::info, "revoked", {{"tasks", tasks_.size()}, {"lost", lost ? "yes" : "no"}});
  discard();
}

}  // namespace rekindle
