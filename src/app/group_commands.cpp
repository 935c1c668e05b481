// The commands of an operator to a daemon in a group: what is for the whole group goes to its leader, whoever that is.
#include "app/daemon_http.hpp"
#include "app/group_daemon.hpp"
#include "app/log.hpp"
#include "app/reload.hpp"
#include "app/signals.hpp"

namespace rekindle {

namespace {

constexpr std::array for_the_group = {"restart", "reset", "bump", "pin", "unpin", "rollback", "pause", "resume"};
constexpr std::array of_the_leader = {"drift.policy", "drift.responses"};  // Keys of a learner that only the leader goes by.
constexpr std::array learner_sections = {"seed", "schema", "preprocess", "model", "learner", "optimizer", "schedule", "drift"};
constexpr auto forward_patience = std::chrono::seconds(3);

bool is_of_learner(const std::string& key) {
  return std::ranges::find(learner_sections, key.substr(0, key.find('.'))) != learner_sections.end();
}
bool is_of_leader(const std::string& key) { return std::ranges::find(of_the_leader, key) != of_the_leader.end(); }

}  // namespace

void GroupDaemon::obey() {
  if (!commands_.waiting()) return;
  for (const auto& pending : commands_.take()) {
    auto done = carry_out(pending->command());
    if (done) {
      pending->settle(json_response(*std::move(done)));
      continue;
    }
    log_event(LogLevel::warn, "command_refused", {{"action", pending->command().action}, {"reason", done.error().message}});
    const auto code = done.error().code;
    pending->settle(error_response(code == ErrorCode::usage ? 400 : (code == ErrorCode::configuration ? 422 : 503), done.error().message));
  }
}

Result<boost::json::object> GroupDaemon::carry_out(const OperatorCommand& command) {
  auto answer = to_json(command);
  answer["lr_before"] = json_number(news_.round.lr);
  if (command.action == "checkpoint") {
    if (auto status = settle_commit(true); !status) return tl::unexpected(status.error());
    if (auto status = commit_now(); !status) return tl::unexpected(status.error());
  } else if (command.action == "reload") {
    auto reloaded = reload();
    if (!reloaded) return tl::unexpected(reloaded.error());
    for (auto& [name, value] : *reloaded) answer[name] = std::move(value);
  } else if (std::ranges::find(for_the_group, command.action) != for_the_group.end()) {
    if (auto status = forward(command); !status) return tl::unexpected(status.error());
    answer["to"] = "leader";
    answer["generation"] = news_.round.generation;  // It takes effect with a later one.
  } else {
    return fail(ErrorCode::usage, "{} is for one daemon alone; in a group there are {}, checkpoint, reload", command.action,
                fmt::join(for_the_group, ", "));
  }
  log_event(LogLevel::info, "command", {{"action", command.action}, {"value", command.number ? fmt::format("{}", *command.number) : ""}});
  feed_.add("command", answer);
  return answer;
}

// Of this daemon's file; the others are told by themselves. What a task learns by stays as it is: its journal has no place for a change,
// and the others' weights would be of another learner.
Result<boost::json::object> GroupDaemon::reload() {
  if (!options_.reread) return fail(ErrorCode::usage, "this daemon was not started from a file");
  auto wanted = options_.reread();
  if (!wanted) return tl::unexpected(wanted.error());
  auto plan = plan_reload(configuration_, *wanted);
  if (!plan) return tl::unexpected(plan.error());
  auto refused = plan->changed;
  std::erase_if(refused, [](const std::string& key) { return !is_of_learner(key) || is_of_leader(key); });
  auto policy = group_policy(plan->configuration.learner);
  const bool watched = configuration_.learner.drift.policy->name != "none";
  auto next = group_member(std::move(plan->configuration));
  if (watched != (next.learner.drift.policy->name != "none")) refused.emplace_back("drift.policy to or from none");
  if (!refused.empty()) {
    return fail(ErrorCode::configuration,
                "{}: what a group learns by is not changed while it learns; it begins anew under another source.group",
                fmt::join(refused, ", "));
  }
  if (auto status = use_secrets(configuration_.http, next.http, http_.get(), plan->changed); !status) return tl::unexpected(status.error());
  next.kafka.kafka = configuration_.kafka.kafka;
  configuration_ = std::move(next);
  leader_.answer_with(std::move(policy));
  set_log_level(configuration_.log_level);
  return boost::json::object{{"changed", json_strings(plan->changed)}, {"needs_restart", json_strings(plan->needs_restart)}};
}

void GroupDaemon::reload_on_signal() {
  if (!take_reload_signal()) return;
  if (const auto done = reload())
    log_event(LogLevel::info, "reloaded", {{"answer", json_text(*done)}});
  else
    log_event(LogLevel::warn, "command_refused", {{"action", "reload"}, {"reason", done.error().message}});
}

// The leader reads it where the tasks' changes are.
Status GroupDaemon::forward(const OperatorCommand& command) {
  if (commands_out_->broken()) {
    auto another = kafka::TopicProducer::make(configuration_.kafka.kafka);
    if (!another) return tl::unexpected(another.error());
    commands_out_ = *std::move(another);
  }
  const auto key = topics_.key("command");
  const auto text = json_text(to_json(command));
  const auto failed = commands_out_->failed();
  if (auto status = commands_out_->produce({.topic = topics_.changes, .partition = 0, .key = key, .value = text}); !status) return status;
  if (commands_out_->flush(forward_patience) && commands_out_->failed() == failed) return {};
  return fail(ErrorCode::unavailable, "the command did not reach the brokers yet: {}", commands_out_->problem());
}

}  // namespace rekindle
