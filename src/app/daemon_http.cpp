#include "app/daemon_http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/token_file.hpp"
#include "http/page.hpp"

namespace rekindle {

namespace {

// On the HTTP thread.
HttpResponse order(CommandQueue& commands, const OperatorAction& action, const HttpRequest& request) {
  auto command = read_operator_command(action, request.body, request.query);
  if (!command) return error_response(400, command.error().message);
  auto pending = commands.submit(*std::move(command));
  if (pending == nullptr) return error_response(503, "too many commands are waiting");
  HttpResponse response;
  response.later = [pending] { return pending->answer(); };
  return response;
}

// The keys of which the server now has another. The certificate first: it may be refused, and then all is as it was.
Result<std::vector<std::string>> hand_over(const HttpConfiguration& now, const HttpConfiguration& next, HttpServer& server) {
  std::vector<std::string> changed;
  if (next.tls != now.tls) {
    if (auto status = server.set_tls(next.tls); !status) return tl::unexpected(status.error());
    changed.emplace_back("http.tls_certificate");
  }
  if (next.token != now.token) {
    server.set_token(next.token);
    changed.emplace_back("http.token_file");
  }
  return changed;
}

}  // namespace

HttpSettings http_settings(const HttpConfiguration& http) {
  HttpSettings settings;
  settings.listen = http.listen;
  settings.token = http.token;
  settings.tls = http.tls;
  settings.max_body_bytes = http.max_body_bytes;
  settings.max_connections = http.max_connections;
  return settings;
}

DecoderOptions options_of_predict(const HttpConfiguration& http) {
  DecoderOptions options;
  options.max_record_bytes = http.max_body_bytes;
  return options;
}

Result<std::vector<std::string>> renew_secrets(HttpConfiguration& http, HttpServer& server) {
  auto next = http;
  auto token = read_token(http.token_file);
  if (!token) return fail(ErrorCode::configuration, "http.token_file: {}", token.error().message);
  next.token = *std::move(token);
  if (!http.tls_certificate.empty()) {
    auto certificates = read_tls_certificates(http.tls_certificate);
    if (!certificates) return fail(ErrorCode::configuration, "http.tls_certificate: {}", certificates.error().message);
    auto key = read_tls_key(http.tls_key, *certificates);
    if (!key) return fail(ErrorCode::configuration, "http.tls_key: {}", key.error().message);
    next.tls = TlsIdentity{*std::move(certificates), *std::move(key)};
  }
  auto changed = hand_over(http, next, server);
  if (changed) http = std::move(next);
  return changed;
}

Status use_secrets(const HttpConfiguration& now, const HttpConfiguration& next, HttpServer* server, std::vector<std::string>& changed) {
  if (server == nullptr) return {};
  const auto secrets = hand_over(now, next, *server);
  if (!secrets) return tl::unexpected(secrets.error());
  for (const auto& key : *secrets) {
    if (std::ranges::find(changed, key) == changed.end()) changed.push_back(key + " (what it holds)");
  }
  return {};
}

void renew_secrets_on_signal(HttpConfiguration& http, HttpServer* server) {
  if (!take_reload_signal() || server == nullptr) return;
  if (const auto changed = renew_secrets(http, *server)) {
    log_event(LogLevel::info, "reloaded",
              {{"changed", fmt::format("{}", fmt::join(*changed, " "))}, {"of", "what the files of [http] hold"}});
  } else {
    log_event(LogLevel::warn, "command_refused", {{"action", "reload"}, {"reason", changed.error().message}});
  }
}

std::vector<Route> command_routes(CommandQueue& commands) {
  std::vector<Route> routes;
  for (const auto& action : operator_actions()) {
    routes.push_back({"POST", std::string("/-/") + action.name, action.meaning,
                      [&commands, &action](const HttpRequest& request) { return order(commands, action, request); }, true});
  }
  return routes;
}

void add_page_routes(PageFeed& feed, std::vector<Route>& routes) {
  routes.push_back(
      {"GET", "/events", "what happens, as server-sent events", [&feed](const auto& request) { return feed.events(request); }});
  routes.push_back({"GET", "/history", "the past of the live page", [&feed](const auto&) { return feed.history(); }});
  for (auto& route : page_routes()) routes.push_back(std::move(route));
}

}  // namespace rekindle
