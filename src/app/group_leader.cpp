#include "app/group_leader.hpp"

#include "app/cluster_replica.hpp"
#include "app/log.hpp"
#include "base/bytes.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

using namespace std::chrono_literals;

constexpr auto candidate_patience = 200ms;
constexpr auto look_for_the_topic = 1s;
constexpr auto changes_patience = 20ms;
constexpr auto begin_patience = 2s;
constexpr auto retry_pause = 500ms;
constexpr auto stop_patience = 2s;
constexpr auto transaction_timeout = 10s;

kafka::KafkaSourceSettings candidate_settings(const Configuration& configuration, const GroupTopics& topics) {
  auto settings = configuration.kafka;
  settings.topics = {topics.control};
  settings.group = topics.leaders;
  settings.start = kafka::Start::latest;
  settings.on_data_loss = kafka::DataLossPolicy::skip;
  settings.rescan = look_for_the_topic;  // It may have been made a moment ago.
  return settings;
}

kafka::ReadingSettings reading(const Configuration& configuration, const GroupTopics& topics) {
  return {configuration.kafka.kafka, topics.group};
}

boost::json::object incident_json(const cluster::GroupIncident& incident, std::uint64_t term) {
  return {{"id", incident.id},
          {"scope", incident.global ? "global" : "local"},
          {"worker", incident.worker},
          {"severity", incident.severity},
          {"votes_for", incident.votes_for},
          {"votes_against", incident.votes_against},
          {"response", incident.response},
          {"step", incident.clock.updates},
          {"samples", incident.clock.samples},
          {"lr_before", json_number(incident.lr_before)},
          {"lr_after", json_number(incident.lr_after)},
          {"term", term}};
}

}  // namespace

GroupLeader::GroupLeader(const Configuration& configuration)
    : configuration_(configuration), topics_(configuration), policy_(group_policy(configuration.learner)) {}

void GroupLeader::answer_with(std::shared_ptr<const DriftPolicy> policy) {
  const std::scoped_lock lock(mutex_);
  policy_ = std::move(policy);
}

void GroupLeader::start() {
  thread_ = std::thread([this] { run(); });
}

void GroupLeader::stop() {
  stopping_ = true;
  {
    const std::scoped_lock lock(mutex_);
    if (producer_) producer_->hurry(stop_patience);  // The brokers may be gone.
  }
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const DriftPolicy> GroupLeader::policy() const {
  const std::scoped_lock lock(mutex_);
  return policy_;
}

std::optional<Error> GroupLeader::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

void GroupLeader::report(ClusterStatus& out) const {
  const std::scoped_lock lock(mutex_);
  out.leader = status_.leader;
  out.incidents = status_.incidents;
  out.changes = status_.changes;
  out.live_workers = status_.live_workers;
  out.elections = status_.elections;
}

// Only the place is wanted, not the records: those that come are dropped.
Status GroupLeader::assigned(std::vector<PartitionPosition>& partitions) {
  for (auto& one : partitions) {
    const auto end = candidate_->first_offset(one);
    if (!end) return tl::unexpected(end.error());
    one.next = *end;
  }
  elected_ = !partitions.empty();
  log_event(LogLevel::info, "leader", {{"what", elected_ ? "elected" : "another is elected"}});
  return {};
}

void GroupLeader::revoked(bool /*lost*/) { elected_ = false; }

// What cannot be reached is tried again, from the beginning; the rest is for the daemon to end with.
void GroupLeader::run() {
  while (!stopping_) {
    auto status = stand_for_election();
    step_down();
    if (candidate_) candidate_->close();
    candidate_.reset();
    elected_ = false;
    if (status || stopping_) continue;
    log_event(LogLevel::warn, "leader_failed", {{"reason", status.error().message}});
    if (status.error().code != ErrorCode::unavailable) {
      const std::scoped_lock lock(mutex_);
      failure_ = status.error();
      return;
    }
    std::this_thread::sleep_for(retry_pause);
  }
}

Status GroupLeader::stand_for_election() {
  auto made = kafka::GroupConsumer::make(candidate_settings(configuration_, topics_), *this);
  if (!made) return tl::unexpected(made.error());
  candidate_ = *std::move(made);
  while (!stopping_) {
    const auto polled = candidate_->poll(elected_ ? 0ms : candidate_patience);
    if (!polled) return tl::unexpected(polled.error());
    if (!elected_) {
      step_down();
      continue;
    }
    if (auto status = lead(); !status) {
      if (status.error().code != ErrorCode::fenced) return status;
      // Another leads by now; the group will say so here, too.
      log_event(LogLevel::warn, "leader_fenced", {{"reason", status.error().message}});
      step_down();
      std::this_thread::sleep_for(retry_pause);
    }
  }
  return {};
}

Status GroupLeader::lead() {
  if (!changes_) {
    if (auto status = take_the_lead(); !status) return status;
  }
  if (leader_) leader_->answer_with(policy());
  changes_->poll(changes_patience, [&](const kafka::TopicMessage& message) {
    heard_ = message.offset;
    if (const auto kind = topics_.own(message.key)) hear(*kind, message.offset, message.value);
  });
  if (auto status = std::exchange(trouble_, {}); !status) return status;
  if (auto status = broadcast(); !status) return status;
  publish_status();
  return {};
}

// First the fence: nobody else adds anything after it, so what is read then is all that there is.
Status GroupLeader::take_the_lead() {
  auto made = kafka::TransactionalProducer::make(configuration_.kafka.kafka, "rekindle." + topics_.leaders, transaction_timeout);
  if (!made) return tl::unexpected(made.error());
  {
    const std::scoped_lock lock(mutex_);
    producer_ = *std::move(made);
  }
  producer_->look_up(topics_.control, 1s);
  while (true) {
    const auto status = producer_->begin(begin_patience);
    if (status) break;
    if (status.error().code != ErrorCode::unavailable || stopping_) return status;
  }
  if (auto status = read_predecessor(); !status) return status;
  if (auto status = hear_the_past(); !status) return status;
  const std::scoped_lock lock(mutex_);
  ++status_.elections;
  return {};
}

Status GroupLeader::read_predecessor() {
  std::optional<GroupEnvelope> standing;
  std::optional<GroupEnvelope> model;
  const auto there =
      kafka::read_messages_to_end(reading(configuration_, topics_), topics_.control, [&](const kafka::TopicMessage& message) {
        if (message.key != topics_.key("leader") && message.key != topics_.key("model")) return;
        auto read = read_envelope(message.value);
        if (read) (message.key == topics_.key("leader") ? standing : model) = *std::move(read);
      });
  if (!there) return tl::unexpected(there.error());
  if (!standing || !model) return {};
  const auto& last = std::get<cluster::Standing>(standing->message);
  auto next = cluster::Leader::take_over(settings(), make_group_rate(configuration_.learner), last,
                                         std::get<cluster::Model>(std::move(model->message)), last.round.term + 1);
  if (!next) {
    return fail(ErrorCode::configuration, "topic \"{}\": {}; was the schedule changed? A group begins anew under another source.group",
                topics_.control, next.error().message);
  }
  leader_ = *std::move(next);
  layout_ = model->layout;
  obeyed_until_ = standing->heard;
  log("took over");
  return {};
}

// Of what is on the topic of changes already, the newest of each key; of commands all that no leader has carried out.
Status GroupLeader::hear_the_past() {
  struct Kept {
    std::string kind;
    std::vector<std::byte> value;
  };
  std::map<std::int64_t, Kept> past;
  std::map<std::string, std::int64_t> newest;
  changes_ = std::make_unique<kafka::TopicReader>(reading(configuration_, topics_), topics_.changes);
  while (!changes_->caught_up() && !stopping_) {
    changes_->poll(changes_patience, [&](const kafka::TopicMessage& message) {
      heard_ = message.offset;
      const auto kind = topics_.own(message.key);
      if (!kind) return;
      if (*kind != "command") {
        const auto [at, is_new] = newest.try_emplace(std::string(*kind), message.offset);
        if (!is_new) past.erase(std::exchange(at->second, message.offset));
      }
      past[message.offset] = {std::string(*kind), {message.value.begin(), message.value.end()}};
    });
    if (const auto polled = candidate_->poll(0ms); !polled) return tl::unexpected(polled.error());
    if (!elected_) return fail(ErrorCode::fenced, "another was elected meanwhile");
  }
  for (const auto& [offset, one] : past) hear(one.kind, offset, one.value);
  return {};
}

void GroupLeader::hear(std::string_view kind, std::int64_t offset, std::span<const std::byte> value) {
  if (kind == "command") {
    if (offset > obeyed_until_) obey(text_of(value));
    return;
  }
  auto envelope = read_envelope(value);
  if (!envelope) {
    log_event(LogLevel::warn, "group_message_unusable", {{"offset", offset}, {"reason", envelope.error().message}});
    return;
  }
  if (kind.starts_with("birth/")) {
    if (leader_) return;
    if (auto status = begin_a_group(*envelope); !status) trouble_ = status;
    return;
  }
  if (!leader_) return;
  if (const auto* publication = std::get_if<cluster::Publication>(&envelope->message)) {
    if (envelope->layout == layout_) return leader_->hear(*publication);
    log_event(LogLevel::warn, "group_layout_differs", {{"worker", publication->worker}, {"then", "its change is left out"}});
  }
  if (const auto* evidence = std::get_if<cluster::Evidence>(&envelope->message)) leader_->hear(*evidence);
  if (const auto* vote = std::get_if<cluster::Vote>(&envelope->message)) leader_->hear(*vote);
}

// All tasks begin with the same weights; the first that says so makes the group.
Status GroupLeader::begin_a_group(const GroupEnvelope& birth) {
  const auto* initial = std::get_if<cluster::Model>(&birth.message);
  if (initial == nullptr) return {};
  const auto workers = all_workers();
  if (!workers) return tl::unexpected(workers.error());
  leader_ = std::make_unique<cluster::Leader>(settings(), make_group_rate(configuration_.learner), initial->state, *workers);
  layout_ = birth.layout;
  model_unsaid_ = true;
  log("began a group");
  return {};
}

Result<std::vector<cluster::WorkerId>> GroupLeader::all_workers() {
  std::vector<cluster::WorkerId> all;
  for (const auto& topic : configuration_.kafka.topics) {
    const auto partitions = producer_->partitions_of(topic, begin_patience);
    if (!partitions) return tl::unexpected(partitions.error());
    for (std::int32_t partition = 0; partition < *partitions; ++partition) all.push_back(worker_id(configuration_, topic, partition));
  }
  return all;
}

// Rounds and models say all that there is to say, so of several the newest is enough.
Status GroupLeader::broadcast() {
  if (!leader_) return {};
  std::map<std::string, std::vector<std::byte>> newest;
  for (auto& message : leader_->take_messages()) {
    const auto key = key_of(message, topics_);
    newest[key] = to_bytes({layout_, heard_, std::move(message)});
  }
  // A leader to come needs the first model, too; and to know which commands were heard.
  if (std::exchange(model_unsaid_, false)) newest.try_emplace(topics_.key("model"), to_bytes({layout_, heard_, leader_->model()}));
  if (std::exchange(has_obeyed_, false)) newest.try_emplace(topics_.key("leader"), to_bytes({layout_, heard_, leader_->standing()}));
  OutputBatch batch;
  for (const auto* kind : {"model", "round", "leader"}) {
    const auto found = newest.find(topics_.key(kind));
    if (found != newest.end()) batch.add({topics_.control, found->first, text_of(found->second), {}, 0});
  }
  add_incidents(batch);
  // By itself: nobody learns anything else for it, so it is no part of a round.
  if (const auto pause = std::exchange(pause_, std::nullopt)) {
    const auto text = json_text(boost::json::object{{"paused", *pause}, {"term", leader_->round().term}});
    batch.add({topics_.control, topics_.key("pause"), text, {}, 0});
  }
  if (batch.empty()) return {};
  const std::array<const OutputBatch*, 1> parts = {&batch};
  return producer_->publish(parts);
}

void GroupLeader::add_incidents(OutputBatch& batch) {
  const auto& incidents = leader_->incidents();
  for (; incidents_told_ < incidents.size(); ++incidents_told_) {
    const auto& incident = incidents[incidents_told_];
    const auto text = json_text(incident_json(incident, leader_->round().term));
    batch.add({topics_.control, topics_.key("incident", incident.id), text, {}, 0});
    log_event(LogLevel::warn, "group_drift",
              {{"incident", incident.id},
               {"scope", incident.global ? "global" : "local"},
               {"worker", incident.worker},
               {"severity", incident.severity},
               {"votes_for", incident.votes_for},
               {"votes_against", incident.votes_against},
               {"response", incident.response},
               {"lr_before", incident.lr_before},
               {"lr_after", incident.lr_after}});
    const std::scoped_lock lock(mutex_);
    ++status_.incidents[incident.global ? 0 : 1];
  }
}

void GroupLeader::publish_status() {
  const std::scoped_lock lock(mutex_);
  status_.leader = leader_ != nullptr;
  if (!leader_) return;
  status_.live_workers = leader_->live_workers();
  status_.changes = {leader_->counters().combined, leader_->counters().stale_dropped};
}

void GroupLeader::step_down() {
  if (leader_) log("stepped down");
  leader_.reset();
  changes_.reset();
  std::unique_ptr<kafka::TransactionalProducer> ended;  // Takes a while, and nobody is to wait for that.
  {
    const std::scoped_lock lock(mutex_);
    ended = std::move(producer_);
  }
  heard_ = obeyed_until_ = -1;
  model_unsaid_ = has_obeyed_ = false;
  pause_.reset();
  incidents_told_ = 0;
  ended.reset();
  const std::scoped_lock lock(mutex_);
  status_.leader = false;
  status_.live_workers = 0;
}

cluster::LeaderSettings GroupLeader::settings() const {
  auto settings = leader_settings(configuration_.learner);
  settings.sync_samples = configuration_.cluster.sync_samples;
  settings.max_staleness = configuration_.cluster.max_staleness;
  settings.scaling = scaling_of(configuration_.cluster);
  settings.policy = policy();
  return settings;
}

void GroupLeader::log(const std::string& what) const {
  const auto& round = leader_->round();
  log_event(LogLevel::info, "leader",
            {{"what", what}, {"term", round.term}, {"generation", round.generation}, {"round", round.round}, {"version", round.version}});
}

}  // namespace rekindle
