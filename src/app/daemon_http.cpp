#include "app/daemon_http.hpp"

#include <string>
#include <utility>

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

}  // namespace

HttpSettings http_settings(const HttpConfiguration& http) {
  HttpSettings settings;
  settings.listen = http.listen;
  settings.token = http.token;
  settings.max_body_bytes = http.max_body_bytes;
  settings.max_connections = http.max_connections;
  return settings;
}

DecoderOptions options_of_predict(const HttpConfiguration& http) {
  DecoderOptions options;
  options.max_record_bytes = http.max_body_bytes;
  return options;
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
