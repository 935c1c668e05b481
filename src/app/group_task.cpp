#include "app/group_task.hpp"

#include <algorithm>
#include <boost/json/value_from.hpp>

#include "app/clock.hpp"
#include "app/sources.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

constexpr const char* group_section = "group";

cluster::WorkerSettings settings_of(const Configuration& configuration, cluster::WorkerId id) {
  return {id, configuration.cluster.sync_samples, configuration.cluster.max_staleness,
          configuration.learner.member.precision != Precision::float64};
}

std::size_t severity_index(const std::string& name) { return name == "extreme" ? 2 : (name == "moderate" ? 1 : 0); }

DriftKind kind_of(const std::string& name) {
  const auto at = std::ranges::find(drift_kind_names, name);
  return at == drift_kind_names.end() ? DriftKind::abrupt : static_cast<DriftKind>(at - drift_kind_names.begin());
}

}  // namespace

GroupTask::GroupTask(const Configuration& configuration, const PartitionPosition& begin, const std::optional<PartitionPosition>& labels)
    : configuration_(configuration),
      position_(begin),
      labels_(labels),
      name_(fmt::format("{}[{}]", begin.topic, begin.partition)),
      id_(worker_id(configuration, begin.topic, begin.partition)),
      session_(configuration),
      journal_from_(begin.next),
      journal_labels_from_(labels ? labels->next : 0) {}

Status GroupTask::restore(Checkpoint checkpoint, std::vector<std::string>& notes) {
  const auto* saved = find_section(checkpoint.sections, group_section);
  if (saved == nullptr) return {};  // No record could be learned until then.
  const auto section = *saved;
  if (auto status = session_.restore(std::move(checkpoint.sections), notes); !status) return status;
  if (session_.learner() == nullptr) {
    return fail(ErrorCode::configuration, "{}: its state is of other features than schema.features; begin anew under another source.group",
                name_);
  }
  begin_worker();
  return load_section(section);
}

// A new group's first round is the same in every task, before any leader has said it: the schedule's first rate.
void GroupTask::begin_worker() {
  const auto& learner = *session_.learner();
  const auto& spec = configuration_.learner;
  replica_ = std::make_unique<LearnerReplica>(*session_.learner());
  layout_ = layout_of(learner.features());
  cluster::Round first;
  first.lr = make_group_rate(spec)->rate({});
  // It has learned its first record already; what it was before is the same in all tasks.
  auto base = Learner(spec, learner.features()).common();
  birth_ = cluster::Model{0, 0, {}, spec.member.precision != Precision::float64, base};
  worker_.emplace(settings_of(configuration_, id_), *replica_, std::move(first), std::move(base));
}

Status GroupTask::load_section(const StateSection& section) {
  birth_.reset();
  ByteReader in(section.bytes);
  replica_->load(in);
  if (auto status = worker_->load(in); !status) return fail(status.error().code, "{}: {}", name_, status.error().message);
  in.get_into(round_heard_);
  in.get_into(model_heard_);
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "{}: the state of its part in the group cannot be read", name_);
  return {};
}

StateSection GroupTask::section() const {
  ByteWriter out;
  replica_->save(out);
  worker_->save(out);
  out.put(round_heard_);
  out.put(model_heard_);
  return {group_section, out.take()};
}

Status GroupTask::hear(const GroupNews& news) {
  if (!worker_ || (news.round_at <= round_heard_ && news.model_at <= model_heard_)) return {};
  if (news.model_at > model_heard_) {
    if (news.layout != layout_) {
      return fail(ErrorCode::configuration,
                  "{}: its records have other features than the group has learned, so their weights cannot be averaged; name them in "
                  "schema.features",
                  name_);
    }
    model_heard_ = news.model_at;
    worker_->hear(news.model);
    note_heard("model", news.model_at, news.model.term)["version"] = news.model.version;
  }
  if (news.round_at > round_heard_) {
    round_heard_ = news.round_at;
    worker_->hear(news.round);
    auto& heard = note_heard("round", news.round_at, news.round.term);
    heard["generation"] = news.round.generation;
    heard["round"] = news.round.round;
  }
  worker_->begin_what_was_heard();
  collect();
  changed_ = true;
  return {};
}

const PartitionPosition* GroupTask::position_of(const RawRecord& record) const {
  const auto is = [&](const PartitionPosition& one) { return one.partition == record.partition && one.topic == record.topic; };
  if (is(position_)) return &position_;
  return labels_ && is(*labels_) ? &*labels_ : nullptr;
}

void GroupTask::add_to(Position& position) const {
  position.set(position_.topic, position_.partition, position_.next);
  if (labels_) position.set(labels_->topic, labels_->partition, labels_next());
}

Result<bool> GroupTask::take(const RawRecord& record) {
  const auto learned = session_.take(record);
  if (!learned) return learned;
  const bool is_label = session_.took_label();
  (is_label ? *labels_ : position_).next = record.offset + 1;
  count(is_label);
  changed_ = true;
  if (!*learned || session_.learner() == nullptr) return learned;
  if (!worker_) begin_worker();
  if (!classes_checked_) {
    if (auto status = check_classes(); !status) return tl::unexpected(status.error());
  }
  return true;
}

// A state without a learner has no labels: those that came before the first sample are told with it.
void GroupTask::count(bool is_label) {
  if (!labels_) return;
  if (session_.learner() == nullptr && is_label) {
    ++early_labels_;
    return;
  }
  if (session_.learner() != nullptr) add_run(true, std::exchange(early_labels_, 0));
  add_run(is_label, 1);
}

void GroupTask::add_run(bool of_labels, std::uint64_t records) {
  if (records == 0) return;
  while (order_.empty() || (order_.size() % 2 == 0) != of_labels) order_.push_back(0);
  order_.back() += records;
}

std::int64_t GroupTask::labels_next() const { return session_.learner() == nullptr ? journal_labels_from_ : labels_->next; }

void GroupTask::settle() {
  if (!worker_) return;
  const auto& learner = *session_.learner();
  replica_->observed(session_.outcome(), session_.sample().time_ms);
  for (const auto& event : learner.events()) {
    const auto* opened = std::get_if<IncidentOpened>(&event);
    if (opened == nullptr) continue;
    const auto& incident = opened->incident;
    worker_->alarmed(static_cast<DriftSeverity>(severity_index(incident.severity)), incident.size, kind_of(incident.kind));
  }
  worker_->learned();
  collect();
}

// Tasks number the classes in the order in which they come; only 0/1, -1/1 and false/true are the same in all.
Status GroupTask::check_classes() {
  const auto& schema = configuration_.learner.schema;
  const auto& classes = session_.learner()->classes();
  if (schema.classes.empty() && schema.is_classification()) {
    if (classes.empty()) return {};
    const bool is_usual = classes.size() == 2 && (classes[1] == "1" || classes[1] == "true");
    if (!is_usual)
      return fail(ErrorCode::configuration, "{}: the labels are {}; a group has to know their order: name them in schema.classes", name_,
                  fmt::join(classes, ", "));
  }
  classes_checked_ = true;
  return {};
}

void GroupTask::collect() {
  for (auto& message : worker_->take_messages()) messages_.push_back(std::move(message));
  for (const auto& round : worker_->take_begun()) {
    begun_.push_back(boost::json::object{{"at", position_.next},
                                         {"term", round.term},
                                         {"generation", round.generation},
                                         {"round", round.round},
                                         {"step", round.clock.updates},
                                         {"lr", json_number(round.lr)}});
  }
}

Checkpoint GroupTask::checkpoint() {
  changed_ = false;
  Position position;
  add_to(position);
  if (session_.learner() == nullptr) {
    Checkpoint none;
    none.created_ms = wall_ms();
    none.position = position;
    none.configuration = configuration_.text;
    none.summary = {{"samples", "0"}};
    return none;
  }
  auto checkpoint = checkpoint_of(*session_.learner(), position, configuration_.text);
  checkpoint.sections.push_back(section());
  return checkpoint;
}

// Where in the order of its records a message was heard, and where that is on the control topic.
boost::json::object& GroupTask::note_heard(std::string_view kind, std::int64_t control, std::uint64_t term) {
  auto& heard = heard_.emplace_back(boost::json::object{{"at", position_.next}}).get_object();
  if (labels_) heard["labels_at"] = labels_->next;
  heard["kind"] = kind;
  heard["control"] = control;
  heard["term"] = term;
  return heard;
}

boost::json::object GroupTask::take_journal(const Checkpoint& checkpoint) {
  const auto hash = checkpoint.summary.find("state_hash");
  const auto samples = checkpoint.summary.find("samples");
  boost::json::object line{{"task", name_},
                           {"worker", id_},
                           {"from", std::exchange(journal_from_, position_.next)},
                           {"to", position_.next},
                           {"samples", samples == checkpoint.summary.end() ? "0" : samples->second},
                           {"heard", std::exchange(heard_, {})},
                           {"begun", std::exchange(begun_, {})},
                           {"state_hash", hash == checkpoint.summary.end() ? "" : hash->second}};
  if (!labels_) return line;
  line["labels_from"] = std::exchange(journal_labels_from_, labels_next());
  line["labels_to"] = labels_next();
  line["order"] = boost::json::value_from(std::exchange(order_, {}));
  return line;
}

}  // namespace rekindle
