// The commands of an operator, as the daemon carries them out between two samples.
#include <algorithm>
#include <utility>

#include "app/daemon.hpp"
#include "app/daemon_http.hpp"
#include "app/log.hpp"
#include "app/reload.hpp"
#include "app/signals.hpp"

namespace rekindle {

namespace {

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::usage: return 400;
    case ErrorCode::configuration: return 422;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::data: return 409;
    default: return 500;
  }
}

// All mistakes of a configuration come as one text, a line each.
HttpResponse refused(const Error& error) {
  if (error.code != ErrorCode::configuration) return error_response(status_of(error), error.message);
  boost::json::array mistakes;
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    mistakes.emplace_back(boost::json::string(line));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return json_response(
      boost::json::object{{"error", "the configuration has mistakes; the old one is kept"}, {"errors", std::move(mistakes)}}, 422);
}

}  // namespace

// What the queue holds, in its order.
void Daemon::obey() {
  if (!commands_.waiting()) return;
  settle_position();
  for (const auto& pending : commands_.take()) {
    auto done = carry_out(pending->command());
    publish();
    pending->settle(done ? json_response(*std::move(done)) : refused(done.error()));
  }
}

// Between a `pause` and its `resume`: commands, checkpoints and the page go on.
void Daemon::wait_while_paused() {
  while (paused_ && !should_stop()) {
    commands_.wait(pause_patience);
    reload_on_signal();
    obey();
    cadence();
  }
}

Result<boost::json::object> Daemon::carry_out(const OperatorCommand& command) {
  const auto before = present_lr();
  boost::json::object more;
  Status status;
  if (command.action == "reload") {
    auto reloaded = reload();
    if (reloaded)
      more = *std::move(reloaded);
    else
      status = tl::unexpected(reloaded.error());
  } else {
    status = act(command);
  }
  if (!status) {
    log_event(LogLevel::warn, "command_refused", {{"action", command.action}, {"reason", status.error().message}});
    return tl::unexpected(status.error());
  }
  return announce(command, before, std::move(more));
}

std::optional<double> Daemon::present_lr() const {
  const auto* learner = session_.learner();
  return learner == nullptr ? std::nullopt : std::optional(learner->lr());
}

// The log, the page and the events have it. What its answer is.
boost::json::object Daemon::announce(const OperatorCommand& command, std::optional<double> before, boost::json::object more) {
  const auto* learner = session_.learner();
  const auto after = present_lr();
  const auto sample = learner == nullptr ? session_.rejected_early() : learner->counters().samples;
  log_event(LogLevel::info, "command",
            {{"action", command.action},
             {"value", command.number ? fmt::format("{}", *command.number) : command.text.value_or("")},
             {"sample", sample},
             {"lr_before", before.value_or(0)},
             {"lr_after", after.value_or(0)}});
  auto answer = to_json(command);
  answer["sample"] = sample;
  answer["lr_before"] = json_number(before);
  answer["lr_after"] = json_number(after);
  for (auto& [name, value] : more) answer[name] = std::move(value);
  feed_.add("command", answer);
  ahead_sent_ = 0;  // The rates to come are others now.
  send_event("command", answer);
  return answer;
}

// The journal names its place: a replay that follows it knows it from the record itself.
void Daemon::tell_stream_command(const RawRecord& record, std::optional<double> lr_before) {
  const auto& command = *session_.took_command();
  const boost::json::object place = {{"topic", record.topic}, {"partition", record.partition}, {"offset", record.offset}};
  if (journal_) {
    auto line = to_json(command);
    for (const auto& [name, value] : place) line[name] = value;
    journal_->command(session_.learner() == nullptr ? 0 : session_.learner()->counters().samples, line);
  }
  (void)announce(command, lr_before, place);
}

Status Daemon::act(const OperatorCommand& command) {
  if (command.action == "pause" || command.action == "resume") {
    paused_ = command.action == "pause";
    service_.status(paused_ ? "paused" : "learning");
    return {};
  }
  auto* learner = session_.learner();
  if (learner == nullptr) return fail(ErrorCode::unavailable, "nothing has been learned yet");
  if (command.action == "checkpoint") return checkpoint_now();
  if (command.action == "lr-find") return range_test_.begin(*learner);
  const auto sample = learner->counters().samples;
  if (auto status = apply(command, learner); !status) return status;
  if (journal_) journal_->command(sample, to_json(command));
  log_events();
  changed_since_checkpoint_ = true;
  checkpoint_soon_ = true;
  return {};
}

// An operator waits for it, so the learner does too.
Status Daemon::checkpoint_now() {
  if (!sent_is_safe(flush_patience))
    return fail(ErrorCode::unavailable, "what was sent to topics is not acknowledged yet; the checkpoint waits for that");
  if (auto status = save_now(); !status) return status;
  checkpointed();
  return {};
}

// All or nothing: what is wrong anywhere in the file leaves everything as it was.
Result<boost::json::object> Daemon::reload() {
  if (!options_.reread) return fail(ErrorCode::usage, "this daemon was not started from a file");
  auto wanted = options_.reread();
  if (!wanted) return tl::unexpected(wanted.error());
  auto plan = plan_reload(configuration_, *wanted);
  if (!plan) return tl::unexpected(plan.error());
  auto& next = plan->configuration;
  const bool other_learner = learner_text(next.text) != learner_text(configuration_.text);
  std::vector<std::string> notes;
  if (other_learner) {
    const auto* learner = session_.learner();
    const auto sample = learner == nullptr ? 0 : learner->counters().samples;
    if (auto status = session_.reconfigure(next.learner, notes); !status) return tl::unexpected(status.error());
    if (journal_) journal_->command(sample, {{"action", "reload"}, {"configuration", next.text}});
    changed_since_checkpoint_ = checkpoint_soon_ = learner != nullptr;
  }
  if (auto status = use_secrets(configuration_.http, next.http, http_.get(), plan->changed); !status) return tl::unexpected(status.error());
  next.kafka.kafka.brokers = configuration_.kafka.kafka.brokers;
  next.kafka.kafka.clients = clients_;
  take_secrets(next, *plan);
  next.embedded_kafka = configuration_.embedded_kafka;
  configuration_ = std::move(next);
  set_log_level(configuration_.log_level);
  return boost::json::object{
      {"changed", json_strings(plan->changed)}, {"needs_restart", json_strings(plan->needs_restart)}, {"notes", json_strings(notes)}};
}

void Daemon::reload_on_signal() {
  if (!take_reload_signal()) return;
  const auto done = carry_out({"reload", {}});
  if (done) log_event(LogLevel::info, "reloaded", {{"answer", json_text(*done)}});
}

}  // namespace rekindle
