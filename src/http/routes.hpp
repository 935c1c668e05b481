// Routes: which path answers what. Sockets are the server's; here a request is a value and so is its answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/predictor.hpp"
#include "data/status.hpp"
#include "http/access.hpp"
#include "http/message.hpp"

namespace rekindle {

// Runs on the HTTP thread, one at a time: whatever it waits for, all clients wait for.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct Route {
  std::string method;  // GET (HEAD comes with it) or POST.
  std::string path;
  std::string summary;  // One line for the index page; "" = not shown there.
  HttpHandler handler;
  bool mutating = false;  // Changes the daemon: bearer token, or this machine only.
};

// What the routes read from. All of it is called from the HTTP thread.
struct HttpServices {
  std::shared_ptr<const StatusView> status;
  std::function<std::string(const StatusSnapshot&)> metrics;  // Prometheus text.
  std::function<bool()> alive;                                // Empty: always. False: the learner thread has stopped ticking.
  std::shared_ptr<const Predictor> predictor;                 // Null: no /predict.
  std::vector<Route> more;                                    // Added to the standard routes; the same path and method replaces one.
};

[[nodiscard]] std::vector<Route> standard_routes(const HttpServices& services);

class Router {
 public:
  Router(HttpServices services, AccessRules rules);
  // 404 for an unknown path, 405 with Allow for a wrong method, 401/403 by the access rules, 500 where a handler throws.
  [[nodiscard]] HttpResponse answer(const HttpRequest& request) const;
  void set_token(std::string token) { rules_.token = std::move(token); }

 private:
  std::vector<Route> routes_;
  AccessRules rules_;
};

}  // namespace rekindle
