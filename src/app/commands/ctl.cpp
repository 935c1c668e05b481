#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <memory>
#include <thread>

#include "app/commands/command.hpp"
#include "app/http_client.hpp"
#include "app/operator_command.hpp"
#include "app/progress.hpp"
#include "app/range_report.hpp"
#include "app/token_file.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct CtlOptions {
  std::string action;
  std::optional<double> number;
  std::string text;
  std::string url = "http://127.0.0.1:9464";
  std::string token_file;
  std::string ca_file;
  bool json = false;
};

std::string body_of(const CtlOptions& options) {
  const auto* action = find_operator_action(options.action);
  if (action == nullptr || action->parameter[0] == 0) return "{}";
  return json_text(json::object{{action->parameter, action->takes_text ? json::value(options.text) : json::value(*options.number)}});
}

std::string message_of(const HttpReply& reply) {
  boost::system::error_code ignored;
  const auto value = json::parse(reply.body, ignored);
  const auto* error = value.is_object() ? value.get_object().if_contains("error") : nullptr;
  return error != nullptr && error->is_string() ? std::string(error->get_string()) : fmt::format("HTTP {}", reply.status);
}

ErrorCode code_of(int status) {
  switch (status) {
    case 422: return ErrorCode::configuration;
    case 503:
    case 504: return ErrorCode::unavailable;
    case 500: return ErrorCode::internal;
    default: return ErrorCode::usage;
  }
}

// "lr_before: 0.05", nested names joined by dots, a line each.
void print_lines(const json::value& value, const std::string& prefix) {
  if (const auto* object = value.if_object()) {
    for (const auto& [name, one] : *object) print_lines(one, prefix + (prefix.empty() ? "" : ".") + std::string(name));
  } else {
    fmt::print("{}: {}\n", prefix, value.is_string() ? std::string(value.get_string()) : json_text(value));
  }
}

// The daemon's stream decides how long it takes.
Result<json::object> wait_for_range_test(const HttpPeer& daemon) {
  Progress progress("lr-find", 0);
  while (true) {
    const auto reply = http_request(daemon, "GET", "/lr-find", "");
    if (!reply) return tl::unexpected(reply.error());
    boost::system::error_code error;
    const auto value = json::parse(reply->body, error);
    if (reply->status != 200 || !value.is_object()) return fail(code_of(reply->status), "{}", message_of(*reply));
    const auto& found = value.get_object();
    if (found.at("state") != "running") return found;
    progress.show(found.at("taken").to_number<std::uint64_t>());
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Status show_range_test(const CtlOptions& options, const HttpPeer& daemon) {
  const auto found = wait_for_range_test(daemon);
  if (!found) return tl::unexpected(found.error());
  fmt::print("{}", options.json ? json_text(*found) + "\n" : range_text(*found));
  return {};
}

Status ctl(const CtlOptions& options) {
  const auto token = read_token(options.token_file);
  if (!token) return tl::unexpected(token.error());
  const HttpPeer daemon = {options.url, *token, options.ca_file};
  const bool reads = options.action == "status";
  const auto reply =
      reads ? http_request(daemon, "GET", "/status", "") : http_request(daemon, "POST", "/-/" + options.action, body_of(options));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status != 200) {
    if (options.json) fmt::print("{}", reply->body);
    return fail(code_of(reply->status), "{}", message_of(*reply));
  }
  if (options.action == "lr-find") return show_range_test(options, daemon);
  boost::system::error_code error;
  const auto value = json::parse(reply->body, error);
  if (error || options.json) {
    fmt::print("{}", reply->body);
  } else {
    print_lines(value, "");
  }
  return {};
}

}  // namespace

void add_ctl(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("ctl", "Ask and steer a running daemon");
  command->footer(
      "Examples:\n  rekindle ctl status\n  rekindle ctl restart\n  rekindle ctl bump 2\n  rekindle ctl pin 0.01 --token-file token\n  "
      "rekindle ctl checkpoint --url http://127.0.0.1:9465 --json\n  rekindle ctl status --url https://learner.example.com:9464 --ca-file "
      "ca.pem");
  command->require_subcommand(1);
  auto options = std::make_shared<CtlOptions>();
  command->add_option("--url", options->url, "Where the daemon listens")->capture_default_str();
  command->add_option("--token-file", options->token_file, "Holds the bearer token, where the daemon wants one");
  command
      ->add_option("--ca-file", options->ca_file, "Certificates of who may have signed the daemon's, for https://; by default the system's")
      ->check(CLI::ExistingFile);
  command->add_flag("--json", options->json, "The daemon's answer as it is");
  const auto add = [&](const std::string& name, const std::string& meaning, const std::string& parameter, bool takes_text = false) {
    auto* one = command->add_subcommand(name, meaning);
    if (takes_text) one->add_option(parameter, options->text, "The remark")->required();
    if (!parameter.empty() && !takes_text) {
      one->add_option(parameter, options->number, parameter == "factor" ? "On the rate" : "The rate")
          ->required()
          ->check(CLI::PositiveNumber);
    }
    one->fallthrough();
    one->callback([=, &chosen] {
      options->action = name;
      chosen = [=] { return ctl(*options); };
    });
  };
  add("status", "everything about the learner, its source and its checkpoints", "");
  for (const auto& action : operator_actions()) add(action.name, action.meaning, action.parameter, action.takes_text);
}

}  // namespace rekindle
