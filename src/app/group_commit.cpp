// The transactions of a daemon in a group.
#include <algorithm>

#include "app/group_daemon.hpp"
#include "app/histogram.hpp"
#include "app/log.hpp"
#include "base/bytes.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

constexpr double least_between = 0.05;    // Seconds between two transactions, where tasks have something to say ...
constexpr double times_the_packing = 10;  // ... and of the learner's time at most a tenth goes into packing their states.
constexpr double times_the_sending = 8;   // Behind: the broker's and the client's work for a transaction is taken from learning.

}  // namespace

bool GroupDaemon::something_changed() const {
  return std::ranges::any_of(tasks_, [](const auto& one) { return one.second->changed(); });
}

// What a task says goes soon, with what it has learned. What the others have learned goes after a while: their states are most of what a
// transaction costs. Predictions and the like are of all tasks, and so are the states that go with them.
GroupDaemon::Extent GroupDaemon::commit_due() const {
  if (under_way_.valid()) return Extent::none;
  if (model_due(/*last=*/false)) return Extent::all;
  if (!something_changed()) return Extent::none;
  if (seconds_since(all_committed_) >= configuration_.checkpoint.every_seconds || outputs_.crowded()) return Extent::all;
  const auto every_samples = configuration_.checkpoint.every_samples;
  if (every_samples != 0 && taken_ - taken_at_commit_ >= every_samples) return Extent::all;
  const double sending = behind_ ? times_the_sending * commit_seconds_ : 0;
  if (seconds_since(commit_begun_) < std::max({least_between, times_the_packing * packing_seconds_, sending})) return Extent::none;
  if (news_.model_at < 0) return Extent::all;
  if (std::ranges::none_of(tasks_, [](const auto& one) { return one.second->has_messages(); })) return Extent::none;
  return outputs_.waiting() ? Extent::all : Extent::speakers;
}

void GroupDaemon::add_messages(GroupTask& task, OutputBatch& batch) {
  const auto add = [&](const std::string& key, cluster::Message message) {
    batch.add({topics_.changes, key, text_of(to_bytes({task.layout(), -1, std::move(message)})), {}, 0});
  };
  const auto birth = task.take_birth();
  if (birth && news_.model_at < 0)
    add(topics_.key("birth", worker_id(configuration_, task.position().topic, task.position().partition)), *birth);
  for (auto& message : task.take_messages()) {
    published_ += std::holds_alternative<cluster::Publication>(message) ? 1 : 0;
    const auto key = key_of(message, topics_);
    add(key, std::move(message));
  }
}

// All daemons agree on whose learner is the one that is published: the first task's whose changes the leader has averaged in.
const GroupTask* GroupDaemon::publishing_task() const {
  if (!outputs_.writes_models() || news_.model_at < 0) return nullptr;
  const auto first = std::ranges::find_if(news_.model.settled, [](const auto& one) { return one.second.sequence > 0; });
  if (first == news_.model.settled.end()) return nullptr;
  const auto task = std::ranges::find_if(tasks_, [&](const auto& one) { return one.second->id() == first->first; });
  return task == tasks_.end() || task->second->worker() == nullptr ? nullptr : task->second.get();
}

// The group's samples: a model of another task is newer by these, too.
ModelStamp GroupDaemon::group_stamp(const GroupTask& task) const {
  auto stamp = stamp_of(*task.session().learner());
  stamp.samples = news_.round.clock.samples;
  if (task.worker() != nullptr) stamp.adopted = task.worker()->version();
  return stamp;
}

bool GroupDaemon::model_due(bool last) const {
  const auto* task = publishing_task();
  if (task == nullptr) return false;
  const auto now = group_stamp(*task);
  return last ? publisher_.changed(now) : publisher_.due(now);
}

// With the task's offset, for which the broker asks whether it is still this daemon's.
void GroupDaemon::publish_model(Position& offsets) {
  const auto& task = *publishing_task();
  const ModelOrigin origin{topics_.group, configuration_.text, position(), wall_ms()};
  (void)outputs_.send_model(publisher_.publish(group_stamp(task), origin, /*wait=*/false));  // Into the batch.
  task.add_to(offsets);
}

GroupDaemon::Job GroupDaemon::make_job(Extent extent, bool last) {
  const auto start = steady_now();
  Job job;
  if (extent == Extent::all && model_due(last)) publish_model(job.offsets);
  job.outputs = outputs_.take_batch();
  job.member = source_->consumer().member();
  for (auto& [key, task] : tasks_) {
    if (!task->changed() || (extent == Extent::speakers && !task->has_messages())) continue;
    add_messages(*task, job.outputs);
    const auto checkpoint = task->checkpoint();
    if (configuration_.checkpoint.journal)
      job.outputs.add({topics_.journal, topics_.state_name(key.first, key.second), json_text(task->take_journal(checkpoint)), {}, 0});
    job.states.push_back({topics_.state_name(key.first, key.second), encode_checkpoint(checkpoint)});
    task->add_to(job.offsets);
  }
  bytes_under_way_ = 0;
  for (const auto& state : job.states) bytes_under_way_ += state.bytes.size();
  commit_begun_ = steady_now();
  if (extent == Extent::all) {
    all_committed_ = commit_begun_;
    taken_at_commit_ = taken_;
  }
  packing_seconds_ = seconds_since(start);
  return job;
}

void GroupDaemon::commit(Extent extent, bool last) {
  under_way_ = std::async(std::launch::async, [states = states_.get(), job = make_job(extent, last)] {
    return states->commit(job.outputs, job.states, *job.member, job.offsets);
  });
}

// ErrorCode::fenced: another daemon of this name has taken over.
Status GroupDaemon::settle_commit(bool wait) {
  if (!under_way_.valid()) return {};
  if (!wait && under_way_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
  const auto done = under_way_.get();
  if (!done) {
    ++checkpoint_.failures;
    checkpoint_.last_error = done.error().message;
    return tl::unexpected(done.error());
  }
  if (!*done) {
    ++aborted_;
    log_event(LogLevel::warn, "commit_aborted", {{"reason", "the group has given the partitions to others"}});
    discard();
    return {};
  }
  ++checkpoint_.saved;
  checkpoint_.bytes = bytes_under_way_;
  checkpoint_.last_success_seconds = wall_seconds();
  checkpoint_.last_error.clear();
  commit_seconds_ = seconds_since(commit_begun_);
  observe(commit_durations_, commit_seconds_);
  return {};
}

Status GroupDaemon::commit_now() {
  if (!something_changed() && !model_due(/*last=*/true)) return {};
  commit(Extent::all, /*last=*/true);
  return settle_commit(true);
}

// What was not committed never was.
void GroupDaemon::discard() {
  for (const auto& [key, task] : tasks_) {
    if (task->worker() == nullptr) continue;
    adopted_ += task->worker()->counters().adopted;
    ignored_ += task->worker()->counters().ignored;
  }
  tasks_.clear();
  last_task_ = nullptr;
  outputs_.batch().clear();
}

}  // namespace rekindle
