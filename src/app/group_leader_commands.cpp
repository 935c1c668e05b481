// What an operator tells a group, as its leader carries it out.
#include "app/group_leader.hpp"
#include "app/log.hpp"
#include "http/json_text.hpp"

namespace rekindle {

void GroupLeader::obey(std::string_view text) {
  const auto command = json_object_of(text);
  if (!command || !leader_) return;
  const auto* name = command->if_contains("action");
  if (name == nullptr || !name->is_string()) return;
  const std::string action(name->get_string());
  const auto number = [&](const char* key) {
    const auto* found = command->if_contains(key);
    return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
  };
  has_obeyed_ = true;
  const auto before = leader_->round().lr;
  const bool done = carry_out(action, action == "bump" ? number("factor") : number("lr"));
  const char* why_not = action == "bump" ? "no: the rate is at its bound already, or the factor is not above 1"
                                         : "no: there is no response to undo since this leader began to lead";
  log_event(done ? LogLevel::info : LogLevel::warn, "group_command",
            {{"action", action},
             {"done", done ? "yes" : why_not},
             {"lr_before", before},
             {"lr_after", leader_->round().lr},
             {"generation", leader_->round().generation}});
}

bool GroupLeader::carry_out(const std::string& action, double number) {
  if (action == "bump") return leader_->bump(number);
  if (action == "rollback") return leader_->rollback();
  if (action == "restart") leader_->restart();
  if (action == "reset") leader_->reset();
  if (action == "pin") leader_->pin(number);
  if (action == "unpin") leader_->pin(std::nullopt);
  if (action == "pause" || action == "resume") pause_ = action == "pause";
  return true;
}

}  // namespace rekindle
