#include "http/routes.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <stdexcept>

#include "client.hpp"
#include "fakes.hpp"
#include "http/server.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;

class Routes : public testing::Test {
 protected:
  // Starts with what the test has set up so far.
  std::uint16_t port() {
    if (!server_) {
      server_.emplace(daemon_.settings, daemon_.services);
      const auto started = server_->start();
      EXPECT_TRUE(started.has_value()) << started.error().message;
    }
    return server_->port();
  }
  Answer get(const std::string& path) { return ask(port(), "GET", path); }

  FakeDaemon daemon_;
  std::optional<HttpServer> server_;
};

TEST_F(Routes, ServeMetricsAsPrometheusText) {
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header("content-type"), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_EQ(answer.body, "lr 0.100000\n");
}

TEST_F(Routes, ShowTheNewestSnapshot) {
  get("/status");
  daemon_.snapshot.learner.samples = 123;
  daemon_.publish();
  const auto status = boost::json::parse(get("/status").body);
  EXPECT_EQ(status.at_pointer("/learner/samples"), 123);
  EXPECT_EQ(status.at_pointer("/learner/weights/0/feature"), "x");
  EXPECT_EQ(status.at_pointer("/learner/weights/0/weights/0"), -2);
}

TEST_F(Routes, SayWhetherTheProcessWorks) {
  EXPECT_EQ(get("/healthz").body, "{\"status\":\"ok\"}\n");
  daemon_.alive = false;
  EXPECT_EQ(get("/healthz").status, 503);
  EXPECT_THAT(get("/healthz").body, HasSubstr("\"status\":\"stalled\""));
}

TEST_F(Routes, SayWhetherItIsReady) {
  EXPECT_EQ(get("/readyz").body, "{\"ready\":true}\n");
  daemon_.snapshot.not_ready = {"broker unreachable"};
  daemon_.publish();
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "{\"ready\":false,\"reasons\":[\"broker unreachable\"]}\n");
}

TEST_F(Routes, AreStartingUntilThereIsASnapshot) {
  daemon_.status->set(nullptr);
  for (const auto* path : {"/readyz", "/status", "/metrics", "/incidents", "/version"}) EXPECT_EQ(get(path).status, 503) << path;
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Routes, ShowIncidentsAndVersion) {
  daemon_.snapshot.learner.incidents.push_back({.id = 9,
                                                .detector = "adwin",
                                                .severity = {},
                                                .kind = {},
                                                .response = {},
                                                .loss_before = {},
                                                .loss_peak = {},
                                                .recovered_after = {}});
  daemon_.publish();
  EXPECT_EQ(boost::json::parse(get("/incidents").body).at(0).at("id"), 9);
  EXPECT_EQ(get("/version").body, "{\"version\":\"0.1.0\",\"commit\":\"abc1234\"}\n");
}

TEST_F(Routes, Predict) {
  const auto answer = ask(port(), "POST", "/predict", "{\"x\":1}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"prediction\":\"yes\""));
  EXPECT_EQ(ask(port(), "POST", "/predict", "{\"bad\":1}").status, 400);
  daemon_.predictor->has_model = false;
  EXPECT_EQ(ask(port(), "POST", "/predict", "{\"x\":1}").status, 503);
}

TEST_F(Routes, HaveNoPredictWithoutAPredictor) {
  daemon_.services.predictor = nullptr;
  EXPECT_EQ(ask(port(), "POST", "/predict", "{\"x\":1}").status, 404);
}

TEST_F(Routes, RefuseAPageOfAnotherSite) {
  EXPECT_EQ(ask(port(), "POST", "/predict", "{}", "", "evil.example").status, 403);
  EXPECT_EQ(ask(port(), "POST", "/predict", "{}", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(ask(port(), "GET", "/version", "", "", "model.example").status, 200) << "reading takes any Host";
}

TEST_F(Routes, LinkEachOtherOnTheIndexPage) {
  const auto answer = get("/");
  EXPECT_THAT(answer.header("content-type"), HasSubstr("text/html"));
  for (const auto* path : {"/metrics", "/healthz", "/readyz", "/status", "/incidents", "/version"}) {
    EXPECT_THAT(answer.body, HasSubstr(std::string("href=\"") + path + "\""));
  }
}

TEST_F(Routes, AnswerErrorsInJson) {
  const auto unknown = get("/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.header("content-type"), "application/json");
  EXPECT_TRUE(boost::json::parse(unknown.body).as_object().contains("error"));
  const auto wrong = ask(port(), "DELETE", "/status");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD");
  EXPECT_EQ(get("/predict").header("allow"), "POST");
  EXPECT_EQ(ask(port(), "BREW", "/status").status, 405);
}

TEST_F(Routes, IgnoreTheQueryInThePath) { EXPECT_EQ(get("/version?x=/nothing").status, 200); }

TEST_F(Routes, AnswerHeadLikeGetWithoutTheBody) {
  const auto head = ask(port(), "HEAD", "/version");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(get("/version").body.size()));
  Client client(port());
  client.send("HEAD /version HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read().body, "{\"status\":\"ok\"}\n");
}

TEST_F(Routes, SendSecurityHeaders) {
  const auto answer = get("/status");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_THAT(answer.header("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
}

TEST_F(Routes, AskCommandsForTheToken) {
  daemon_.settings.token = "0123456789abcdef0123456789abcdef";
  int carried_out = 0;
  daemon_.services.more.push_back({.method = "POST",
                                   .path = "/-/restart",
                                   .summary = "",
                                   .handler =
                                       [&](const HttpRequest&) {
                                         ++carried_out;
                                         return json_response({{"ok", true}});
                                       },
                                   .mutating = true});
  const auto refused = ask(port(), "POST", "/-/restart");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
  EXPECT_EQ(ask(port(), "POST", "/-/restart", "", "Authorization: Bearer " + daemon_.settings.token + "\r\n").status, 200);
  server_->stop();
  EXPECT_EQ(carried_out, 1);
}

TEST_F(Routes, LetAnotherPageReplaceTheIndex) {
  daemon_.services.more.push_back(
      {.method = "GET", .path = "/", .summary = "", .handler = [](const HttpRequest&) { return json_response("live page"); }});
  EXPECT_EQ(get("/").body, "\"live page\"\n");
}

TEST_F(Routes, SurviveAHandlerThatThrows) {
  daemon_.services.metrics = [](const StatusSnapshot&) -> std::string { throw std::runtime_error("boom"); };
  EXPECT_EQ(get("/metrics").status, 500);
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace rekindle
