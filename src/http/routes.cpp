#include "http/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "http/predict.hpp"
#include "http/status_json.hpp"

namespace rekindle {
namespace {

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

using SnapshotHandler = std::function<HttpResponse(const StatusSnapshot&)>;

// Every handler works on one snapshot: all numbers of an answer belong together.
HttpHandler on_snapshot(const HttpServices& services, SnapshotHandler handler) {
  return [view = services.status, handler = std::move(handler)](const HttpRequest&) {
    const auto snapshot = view ? view->status() : nullptr;
    return snapshot ? handler(*snapshot) : error_response(503, "starting");
  };
}

HttpResponse metrics_page(const HttpServices& services, const StatusSnapshot& status) {
  if (!services.metrics) return error_response(404, "metrics are switched off");
  return {.body = services.metrics(status), .content_type = "text/plain; version=0.0.4; charset=utf-8", .allow = {}, .challenge = {}};
}

HttpResponse status_page(const Predictor* predictor, const StatusSnapshot& status) {
  auto body = status_json(status, seconds_since_1970());
  body["learner"].as_object()["weights"] = input_weights_json(predictor == nullptr ? std::vector<InputWeight>{} : predictor->strongest());
  return json_response(std::move(body));
}

HttpHandler health_handler(const HttpServices& services) {
  return [alive = services.alive](const HttpRequest&) {
    if (!alive || alive()) return json_response({{"status", "ok"}});
    return json_response({{"status", "stalled"}, {"error", "the learner thread has stopped ticking"}}, 503);
  };
}

HttpResponse readiness(const StatusSnapshot& status) {
  auto body = readiness_json(status);
  const int code = body["ready"].as_bool() ? 200 : 503;
  return json_response(std::move(body), code);
}

HttpResponse version(const StatusSnapshot& status) { return json_response({{"version", status.version}, {"commit", status.commit}}); }

HttpHandler index_handler(const std::vector<Route>& routes) {
  std::string rows;
  for (const auto& one : routes) {
    if (one.summary.empty()) continue;
    const std::string name = one.method == "GET" ? fmt::format("<a href=\"{0}\">{0}</a>", one.path) : one.method + " " + one.path;
    rows += fmt::format("<li>{}: {}</li>\n", name, one.summary);
  }
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>rekindle</title></head>\n"
      "<body><h1>rekindle</h1>\n<ul>\n{}</ul></body></html>\n",
      rows);
  return [page = std::move(page)](const HttpRequest&) {
    return HttpResponse{.body = page, .content_type = "text/html; charset=utf-8", .allow = {}, .challenge = {}};
  };
}

void put(std::vector<Route>& routes, Route route) {
  const auto same = std::ranges::find_if(routes, [&](const Route& one) { return one.method == route.method && one.path == route.path; });
  if (same == routes.end()) {
    routes.push_back(std::move(route));
  } else {
    *same = std::move(route);
  }
}

std::vector<Route> all_routes(HttpServices services) {
  auto routes = standard_routes(services);
  for (auto& one : services.more) put(routes, std::move(one));
  const bool has_page = std::ranges::any_of(routes, [](const Route& one) { return one.path == "/"; });
  if (!has_page) routes.push_back({"GET", "/", "", index_handler(routes)});
  return routes;
}

HttpResponse run(const Route& route, const HttpRequest& request) {
  try {
    return route.handler(request);
  } catch (const std::exception& problem) {
    return error_response(500, problem.what());
  }
}

}  // namespace

std::vector<Route> standard_routes(const HttpServices& services) {
  std::vector<Route> routes = {
      {"GET", "/metrics", "series for Prometheus",
       on_snapshot(services, [services](const StatusSnapshot& status) { return metrics_page(services, status); })},
      {"GET", "/healthz", "whether the process works", health_handler(services)},
      {"GET", "/readyz", "whether it is ready, and if not, why", on_snapshot(services, readiness)},
      {"GET", "/status", "everything about the learner, its source and its checkpoints",
       on_snapshot(services,
                   [predictor = services.predictor](const StatusSnapshot& status) { return status_page(predictor.get(), status); })},
      {"GET", "/incidents", "drifts, what was done about them and what came of it",
       on_snapshot(services, [](const StatusSnapshot& status) { return json_response(incidents_json(status)); })},
      {"GET", "/version", "version and commit", on_snapshot(services, version)},
  };
  if (services.predictor) {
    routes.push_back({"POST", "/predict", "predictions for one sample (a JSON object) or an array of them",
                      [predictor = services.predictor](const HttpRequest& request) { return predict_response(*predictor, request.body); }});
  }
  return routes;
}

Router::Router(HttpServices services, AccessRules rules) : routes_(all_routes(std::move(services))), rules_(std::move(rules)) {}

HttpResponse Router::answer(const HttpRequest& request) const {
  std::string allow;
  for (const Route& route : routes_) {
    if (route.path != request.path) continue;
    if (route.method == request.method) {
      if (auto refused = refusal(rules_, request, route.mutating)) return *std::move(refused);
      return run(route, request);
    }
    allow += (allow.empty() ? "" : ", ") + (route.method == "GET" ? std::string("GET, HEAD") : route.method);
  }
  if (allow.empty()) return error_response(404, "no such path");
  auto response = error_response(405, fmt::format("this path takes {}", allow));
  response.allow = std::move(allow);
  return response;
}

}  // namespace rekindle
