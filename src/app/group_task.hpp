// GroupTask: one partition's learner in a group: its state, its side of the protocol, and the journal that a replay follows.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cluster_replica.hpp"
#include "app/group_topics.hpp"
#include "app/session.hpp"
#include "checkpoint/checkpoint.hpp"
#include "cluster/worker.hpp"

namespace rekindle {

// The newest of what the leader says, and where on the control topic it stands; -1: nothing yet.
struct GroupNews {
  std::int64_t round_at = -1;
  std::int64_t model_at = -1;
  cluster::Round round;
  cluster::Model model;
  std::uint64_t layout = 0;  // Of the model.
};

// Pure but for the time of a checkpoint. The same records, and the same news at the same places between them, give the same state.
class GroupTask {
 public:
  // `configuration.learner` is a worker's (`worker_spec`). `labels`: the partition of the same number, where they have a topic of their
  // own.
  GroupTask(const Configuration& configuration, const PartitionPosition& begin, const std::optional<PartitionPosition>& labels = {});

  // A committed state of this task.
  [[nodiscard]] Status restore(Checkpoint checkpoint, std::vector<std::string>& notes);

  // What is new of it, before the next record; kept for the journal. ErrorCode::configuration: the group has other features.
  [[nodiscard]] Status hear(const GroupNews& news);
  // As Session::take. ErrorCode::configuration: its classes cannot be compared with the other tasks'.
  [[nodiscard]] Result<bool> take(const RawRecord& record);
  // After what came of a record that was learned has been read: the protocol's part of it.
  void settle();

  // Of the samples, and of the labels.
  [[nodiscard]] const PartitionPosition& position() const { return position_; }
  [[nodiscard]] const PartitionPosition* labels() const { return labels_ ? &*labels_ : nullptr; }
  // The one that the record moves; null: it is another task's.
  [[nodiscard]] const PartitionPosition* position_of(const RawRecord& record) const;
  // Where a state of now goes on. Labels that came before the first sample, which makes the learner, are not in it.
  void add_to(Position& position) const;
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const cluster::Worker* worker() const { return worker_ ? &*worker_ : nullptr; }
  [[nodiscard]] const std::string& name() const { return name_; }  // topic[3]
  [[nodiscard]] cluster::WorkerId id() const { return id_; }
  [[nodiscard]] std::uint64_t layout() const { return layout_; }

  // Something has changed since the last `checkpoint`.
  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] bool has_messages() const { return !messages_.empty(); }
  // What goes to the changes with the next state, which is to be committed with them.
  [[nodiscard]] std::vector<cluster::Message> take_messages() { return std::exchange(messages_, {}); }
  // What a group that has no model yet begins with; nothing, where the task has gone on from there already.
  [[nodiscard]] std::optional<cluster::Model> take_birth() { return std::exchange(birth_, std::nullopt); }
  [[nodiscard]] Checkpoint checkpoint();
  // {"task","worker","from","to","samples","heard":[...],"begun":[...],"state_hash"} since the last; with its state. With labels of their
  // own also "labels_from", "labels_to" and "order": how many samples, labels, samples, ... came one after another.
  [[nodiscard]] boost::json::object take_journal(const Checkpoint& checkpoint);

 private:
  void begin_worker();
  void count(bool is_label);
  void add_run(bool of_labels, std::uint64_t records);
  [[nodiscard]] std::int64_t labels_next() const;
  boost::json::object& note_heard(std::string_view kind, std::int64_t control, std::uint64_t term);
  void collect();
  [[nodiscard]] Status check_classes();
  [[nodiscard]] StateSection section() const;
  [[nodiscard]] Status load_section(const StateSection& section);

  const Configuration& configuration_;
  PartitionPosition position_;
  std::optional<PartitionPosition> labels_;
  std::string name_;
  cluster::WorkerId id_;
  Session session_;
  std::unique_ptr<LearnerReplica> replica_;
  std::optional<cluster::Worker> worker_;
  std::uint64_t layout_ = 0;
  std::optional<cluster::Model> birth_;
  std::vector<cluster::Message> messages_;
  std::int64_t round_heard_ = -1;  // As the next, on the control topic.
  std::int64_t model_heard_ = -1;
  std::int64_t journal_from_;
  std::int64_t journal_labels_from_;
  std::vector<std::uint64_t> order_;  // Samples, labels, samples, ...
  std::uint64_t early_labels_ = 0;    // Before there was a learner.
  boost::json::array heard_;
  boost::json::array begun_;
  bool changed_ = false;
  bool classes_checked_ = false;
};

}  // namespace rekindle
