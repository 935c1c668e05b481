// The commands of an operator to a daemon in a group: what is for the whole group goes to its leader, whoever that is.
#include "app/group_daemon.hpp"
#include "app/log.hpp"

namespace rekindle {

namespace {

constexpr std::array for_the_group = {"restart", "reset", "bump", "pin", "unpin"};
constexpr auto forward_patience = std::chrono::seconds(3);

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
    pending->settle(error_response(done.error().code == ErrorCode::usage ? 400 : 503, done.error().message));
  }
}

Result<boost::json::object> GroupDaemon::carry_out(const OperatorCommand& command) {
  auto answer = to_json(command);
  answer["lr_before"] = json_number(news_.round.lr);
  if (command.action == "checkpoint") {
    if (auto status = settle_commit(true); !status) return tl::unexpected(status.error());
    if (auto status = commit_now(); !status) return tl::unexpected(status.error());
  } else if (std::ranges::find(for_the_group, command.action) != for_the_group.end()) {
    if (auto status = forward(command); !status) return tl::unexpected(status.error());
    answer["to"] = "leader";
    answer["generation"] = news_.round.generation;  // It takes effect with a later one.
  } else {
    return fail(ErrorCode::usage, "{} is for one daemon alone; in a group there are {}, checkpoint", command.action,
                fmt::join(for_the_group, ", "));
  }
  log_event(LogLevel::info, "command", {{"action", command.action}, {"value", command.number ? fmt::format("{}", *command.number) : ""}});
  feed_.add("command", answer);
  return answer;
}

// The leader reads it where the tasks' changes are.
Status GroupDaemon::forward(const OperatorCommand& command) {
  const auto key = topics_.key("command");
  const auto text = json_text(to_json(command));
  const auto failed = commands_out_->failed();
  if (auto status = commands_out_->produce({.topic = topics_.changes, .partition = 0, .key = key, .value = text}); !status) return status;
  if (commands_out_->flush(forward_patience) && commands_out_->failed() == failed) return {};
  return fail(ErrorCode::unavailable, "the command did not reach the brokers yet: {}", commands_out_->problem());
}

}  // namespace rekindle
