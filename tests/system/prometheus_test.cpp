// A real Prometheus scrapes a daemon that learns from a real broker: what dashboards, annotations, rules and alerts ask for is there.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/free_port.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::IsEmpty;

constexpr const char* configuration = R"(global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
rule_files: ["{}"]
scrape_configs:
  - job_name: rekindle
    static_configs: [{{targets: ["127.0.0.1:{}"]}}]
)";

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) out += std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

std::string everywhere(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

json::value read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

// As Grafana fills it in.
std::string filled(std::string query) {
  query = everywhere(std::move(query), "$job", ".+");
  query = everywhere(std::move(query), "$instance", ".+");
  return everywhere(std::move(query), "$__rate_interval", "4s");
}

struct Query {
  std::string where;
  std::string text;
  bool of_moments = false;  // An annotation: it has data only when something happens.
};

std::vector<Query> queries_of_dashboards() {
  std::vector<Query> all;
  for (const auto& entry : std::filesystem::directory_iterator(REKINDLE_DEPLOY "/grafana/dashboards")) {
    const auto board = read_json(entry.path());
    const auto name = entry.path().filename().string();
    for (const auto& one : board.at_pointer("/annotations/list").as_array())
      all.push_back({name + ": " + text_at(one, "/name"), filled(text_at(one, "/expr")), true});
    for (const auto& panel : board.at("panels").as_array()) {
      for (const auto& target : panel.at("targets").as_array())
        all.push_back({name + ": " + text_at(panel, "/title"), filled(text_at(target, "/expr"))});
    }
  }
  return all;
}

class Prometheus {
 public:
  explicit Prometheus(int daemon_port) : port_(free_port()) {
    write_file(folder_ / "prometheus.yml", fmt::format(fmt::runtime(configuration), REKINDLE_DEPLOY "/prometheus/rules.yml", daemon_port));
    process_ = std::make_unique<Process>(Arguments{"prometheus", "--config.file=" + (folder_ / "prometheus.yml").string(),
                                                   "--storage.tsdb.path=" + (folder_ / "data").string(),
                                                   "--web.listen-address=127.0.0.1:" + std::to_string(port_)});
    // It takes five seconds until it knows its targets.
    const auto scraped = [&] { return http_get(port_, "/-/ready").status == 200 && has_data({"", "rekindle_build_info"}); };
    if (!eventually(scraped)) throw std::runtime_error(process_->err());
  }

  [[nodiscard]] json::value ask(const std::string& path) const {
    const auto answer = http_get(port_, "/api/v1/" + path);
    return json::parse(answer.body.empty() ? "{}" : answer.body);
  }
  // Whether the query has a number, now or, of a moment, within the last minute.
  [[nodiscard]] bool has_data(const Query& query) const {
    const auto now = std::time(nullptr);
    const auto answer = query.of_moments
                            ? ask(fmt::format("query_range?query={}&start={}&end={}&step=1", percent_encoded(query.text), now - 60, now))
                            : ask("query?query=" + percent_encoded(query.text));
    if (text_at(answer, "/status") != "success") throw std::runtime_error(query.text + ": " + json::serialize(answer));
    const auto& series = answer.at_pointer("/data/result").as_array();
    return std::ranges::any_of(series, [&](const json::value& one) {
      return query.of_moments ? !one.at("values").as_array().empty() : std::isfinite(std::stod(text_at(one, "/value/1")));
    });
  }
  [[nodiscard]] std::vector<std::string> without_data(const std::vector<Query>& queries) const {
    std::vector<std::string> out;
    for (const auto& query : queries) {
      if (!has_data(query)) out.push_back(query.where + ": " + query.text);
    }
    return out;
  }
  // Every rule, alerts too, has been evaluated without an error.
  [[nodiscard]] std::vector<std::string> rules_that_fail(std::vector<Query>& recorded) const {
    std::vector<std::string> out;
    const auto answer = ask("rules");
    for (const auto& group : answer.at_pointer("/data/groups").as_array()) {
      for (const auto& rule : group.at("rules").as_array()) {
        if (text_at(rule, "/health") != "ok") out.push_back(json::serialize(rule));
        if (text_at(rule, "/type") == "recording") recorded.push_back({"rules.yml", text_at(rule, "/name")});
      }
    }
    return out;
  }

 private:
  TemporaryFolder folder_;
  int port_;
  std::unique_ptr<Process> process_;
};

class Scraped : public DaemonTest {
 protected:
  void SetUp() override {
    if (std::system("prometheus --version >/dev/null 2>&1") != 0) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "prometheus is not installed";
      std::cout << "SKIPPED: prometheus is not installed" << std::endl;
      GTEST_SKIP();
    }
    DaemonTest::SetUp();
  }
};

// What every panel and rule is about has to happen: samples, drifts, commands, dead letters, predictions, a checkpoint.
TEST_F(Scraped, EveryQueryOfDashboardsAndRulesHasData) {
  if (IsSkipped() || HasFatalFailure()) return;
  const auto lines = drifting_stream(12'000);
  const auto deployment = deploy(slice(lines, 0, 3500)).with({"checkpoint.every=500ms", "learner.validation_every=10"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(3500)) << daemon.log();
  const Prometheus prometheus(daemon.port());
  auto queries = queries_of_dashboards();
  ASSERT_GT(queries.size(), 25u);
  const auto topic = topic_name("samples");
  std::ptrdiff_t given = 3500;
  // Once is enough: what a query is about may be over when another one's begins.
  const auto all_there = [&] {
    if (given < 12'000) {
      auto next = slice(lines, given, given + 100);
      next.emplace_back("no json");
      produce_all(broker().address(), topic, next);
      given += 100;
    }
    (void)http_post(daemon.port(), "/predict", lines[0]);
    (void)http_post(daemon.port(), "/-/restart", "");
    std::erase_if(queries, [&](const Query& query) { return prometheus.has_data(query); });
    return queries.empty();
  };
  EXPECT_TRUE(eventually(all_there, std::chrono::seconds(60))) << daemon.log();
  ASSERT_THAT(prometheus.without_data(queries), IsEmpty());
  std::vector<Query> recorded;
  EXPECT_TRUE(eventually([&] {
    recorded.clear();
    return prometheus.rules_that_fail(recorded).empty() && !recorded.empty() && prometheus.without_data(recorded).empty();
  }));
  EXPECT_THAT(prometheus.rules_that_fail(recorded), IsEmpty());
  EXPECT_THAT(prometheus.without_data(recorded), IsEmpty());
}

}  // namespace
}  // namespace rekindle::system_test
