// OperatorCommand: what an operator tells a running daemon, from the request to the learner, and the same again in a replay.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"
#include "learner/learner.hpp"

namespace rekindle {

struct OperatorCommand {
  std::string action;                    // One of `operator_actions`.
  std::optional<double> number;          // The factor of `bump`, the rate of `pin`.
  std::optional<std::string> text = {};  // Of `note`.
};

struct OperatorAction {
  const char* name;
  const char* meaning;
  const char* parameter = "";  // Name of the one number, or text, that it needs; "" = none.
  // What it does to a learner; null: it is the daemon's own.
  Status (*apply)(Learner&, double number) = nullptr;
  bool takes_text = false;
};

[[nodiscard]] std::span<const OperatorAction> operator_actions();
[[nodiscard]] const OperatorAction* find_operator_action(std::string_view name);

// The parameter from the body, a JSON object that may be empty or left out, or else from the query ("factor=2").
// ErrorCode::usage: what is wrong with it.
[[nodiscard]] Result<OperatorCommand> read_operator_command(const OperatorAction& action, std::string_view body, std::string_view query);

// One that comes as a record of the stream: the header names it, with its parameter behind a ? or else in the payload, a JSON object as
// over HTTP. Only what acts on the learner can come so: who pauses the stream could not tell it to go on. ErrorCode::usage: what is
// wrong with it.
[[nodiscard]] Result<OperatorCommand> read_stream_command(std::string_view header, std::string_view payload);

// Carries out what acts on a learner; null: there is none yet, and only a note can be made.
[[nodiscard]] Status apply(const OperatorCommand& command, Learner* learner);

// {"action": "pin", "lr": 0.01}, as in the journal.
[[nodiscard]] boost::json::object to_json(const OperatorCommand& command);

// A command on its way: the HTTP thread waits for the answer, the learner thread gives it.
class PendingCommand {
 public:
  explicit PendingCommand(OperatorCommand command) : command_(std::move(command)) {}
  [[nodiscard]] const OperatorCommand& command() const { return command_; }
  void settle(HttpResponse answer);
  [[nodiscard]] std::optional<HttpResponse> answer() const;

 private:
  OperatorCommand command_;
  mutable std::mutex mutex_;
  std::optional<HttpResponse> answer_;
};

// From the HTTP thread to the learner thread.
class CommandQueue {
 public:
  // Null: too many are waiting already.
  [[nodiscard]] std::shared_ptr<PendingCommand> submit(OperatorCommand command);
  // Cheap enough to be asked before each sample.
  [[nodiscard]] bool waiting() const { return waiting_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<std::shared_ptr<PendingCommand>> take();
  // Returns when one waits, or the time is over.
  void wait(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<PendingCommand>> commands_;
  std::atomic<bool> waiting_{false};
};

}  // namespace rekindle
