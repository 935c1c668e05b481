#include "app/operator_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

constexpr std::size_t most_waiting = 64;

Status bump(Learner& learner, double factor) {
  if (learner.bump(factor)) return {};
  return fail(ErrorCode::data, "the rate is at its bound already, or the factor is not above 1");
}

Status roll_back(Learner& learner, double /*unused*/) {
  if (learner.rollback()) return {};
  return fail(ErrorCode::data, "there is no response to undo");
}

// An act that cannot fail.
template <auto Act>
Status always(Learner& learner, double number) {
  Act(learner, number);
  return {};
}

const std::array actions = {
    OperatorAction{"restart", "warm restart of the schedule", "", &always<[](Learner& learner, double) { learner.restart(); }>},
    OperatorAction{"reset", "the optimizer forgets its moments", "", &always<[](Learner& learner, double) { learner.reset(); }>},
    OperatorAction{"bump", "raises the rate by a factor", "factor", &bump},
    OperatorAction{"note", "a remark, for the journal and the events; changes nothing", "text", &always<[](Learner&, double) {}>, true},
    OperatorAction{"pause", "no record is taken until `resume`"},
    OperatorAction{"resume", "records are taken again"},
    OperatorAction{"reload", "reads the configuration again; takes what can change at once, and lists what needs a restart"},
    OperatorAction{"pin", "keeps the rate where it is told, until `unpin`", "lr",
                   &always<[](Learner& learner, double lr) { learner.pin(lr); }>},
    OperatorAction{"unpin", "the schedule says the rate again", "", &always<[](Learner& learner, double) { learner.unpin(); }>},
    OperatorAction{"rollback", "undoes the newest response to a drift", "", &roll_back},
    OperatorAction{"checkpoint", "saves what is learned, now"},
    OperatorAction{"lr-find", "LR range test by a copy of the learner beside it, over the next 3,000 samples; changes nothing"},
};

constexpr std::size_t longest_note = 1000;

// What a command has beside its name.
struct Parameter {
  std::optional<double> number;
  std::optional<std::string> text;
  [[nodiscard]] bool there() const { return number || text; }
};

Result<double> to_number(std::string_view text, const char* name) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return fail(ErrorCode::usage, "\"{}\" must be a number", name);
  return number;
}

Result<Parameter> from_query(const OperatorAction& action, std::string_view query) {
  Parameter found;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const auto name = part.substr(0, part.find('='));
    if (part.empty()) continue;
    if (name != action.parameter || name.empty()) return fail(ErrorCode::usage, "{} takes no \"{}\"", action.name, name);
    const auto given = part.substr(std::min(part.size(), name.size() + 1));
    if (action.takes_text) found.text = given;
    if (action.takes_text) continue;
    const auto number = to_number(given, action.parameter);
    if (!number) return tl::unexpected(number.error());
    found.number = *number;
  }
  return found;
}

Result<Parameter> from_body(const OperatorAction& action, std::string_view body) {
  Parameter found;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return found;
  const auto value = json_object_of(body);
  if (!value) return fail(ErrorCode::usage, "the body must be a JSON object");
  for (const auto& [name, one] : *value) {
    if (action.parameter[0] == 0 || name != action.parameter)
      return fail(ErrorCode::usage, "{} takes no \"{}\"", action.name, std::string_view(name.data(), name.size()));
    if (action.takes_text && !one.is_string()) return fail(ErrorCode::usage, "\"{}\" must be a text", action.parameter);
    if (action.takes_text) found.text = std::string(one.get_string());
    if (action.takes_text) continue;
    if (!one.is_number()) return fail(ErrorCode::usage, "\"{}\" must be a number", action.parameter);
    found.number = one.to_number<double>();
  }
  return found;
}

}  // namespace

std::span<const OperatorAction> operator_actions() { return actions; }

const OperatorAction* find_operator_action(std::string_view name) {
  const auto* at = std::ranges::find_if(actions, [&](const auto& one) { return one.name == name; });
  return at == actions.end() ? nullptr : &*at;
}

Result<OperatorCommand> read_operator_command(const OperatorAction& action, std::string_view body, std::string_view query) {
  auto given = from_body(action, body);
  if (!given) return tl::unexpected(given.error());
  if (!given->there()) given = from_query(action, query);
  if (!given) return tl::unexpected(given.error());
  if (action.parameter[0] == 0) return OperatorCommand{action.name, {}};
  if (!given->there())
    return fail(ErrorCode::usage, "{0} needs a \"{1}\", such as {{\"{1}\": {2}}}", action.name, action.parameter,
                action.takes_text ? "\"a new release\"" : "2");
  if (given->text && given->text->size() > longest_note)
    return fail(ErrorCode::usage, "\"{}\" is longer than {} bytes", action.parameter, longest_note);
  if (given->number && (!std::isfinite(*given->number) || *given->number <= 0))
    return fail(ErrorCode::usage, "\"{}\" must be above 0", action.parameter);
  return OperatorCommand{action.name, given->number, std::move(given->text)};
}

Result<OperatorCommand> read_stream_command(std::string_view header, std::string_view payload) {
  const auto name = header.substr(0, header.find('?'));
  const auto* action = find_operator_action(name);
  if (action == nullptr) return fail(ErrorCode::usage, "there is no command \"{}\"", name.substr(0, 100));
  if (action->apply == nullptr) return fail(ErrorCode::usage, "\"{}\" is no command for the stream", name);
  return read_operator_command(*action, payload, header.substr(std::min(header.size(), name.size() + 1)));
}

Status apply(const OperatorCommand& command, Learner* learner) {
  const auto* action = find_operator_action(command.action);
  if (action == nullptr || action->apply == nullptr) return fail(ErrorCode::internal, "{} is not for a learner", command.action);
  if (learner != nullptr) return action->apply(*learner, command.number.value_or(0));
  return action->takes_text ? Status() : fail(ErrorCode::unavailable, "nothing has been learned yet");
}

json::object to_json(const OperatorCommand& command) {
  json::object out{{"action", command.action}};
  const auto* action = find_operator_action(command.action);
  if (command.number && action != nullptr) out[action->parameter] = *command.number;
  if (command.text && action != nullptr) out[action->parameter] = *command.text;
  return out;
}

void PendingCommand::settle(HttpResponse answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

std::optional<HttpResponse> PendingCommand::answer() const {
  const std::lock_guard lock(mutex_);
  return answer_;
}

std::shared_ptr<PendingCommand> CommandQueue::submit(OperatorCommand command) {
  auto pending = std::make_shared<PendingCommand>(std::move(command));
  {
    const std::lock_guard lock(mutex_);
    if (commands_.size() >= most_waiting) return nullptr;
    commands_.push_back(pending);
    waiting_.store(true, std::memory_order_relaxed);
  }
  changed_.notify_all();
  return pending;
}

std::vector<std::shared_ptr<PendingCommand>> CommandQueue::take() {
  const std::lock_guard lock(mutex_);
  waiting_.store(false, std::memory_order_relaxed);
  return std::exchange(commands_, {});
}

void CommandQueue::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return !commands_.empty(); });
}

}  // namespace rekindle
