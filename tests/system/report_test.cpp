// The HTML reports of replay and compare, as a user makes them, and in a browser.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

json::value data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const auto at = page.find(begin) + begin.size();
  return json::parse(page.substr(at, page.find("</script>", at) - at));
}

// What a browser would fetch, from wherever; the content policy in the page forbids it all besides.
std::vector<std::string> fetched(const std::string& page) {
  const std::regex loads(R"((<link\b|<img\b|<iframe\b|\bsrc=|@import|url\(|\bfetch\(|XMLHttpRequest|\bimport\()[^\n]{0,60})");
  std::vector<std::string> out;
  for (auto i = std::sregex_iterator(page.begin(), page.end(), loads); i != std::sregex_iterator(); ++i) out.push_back(i->str());
  return out;
}

TEST(WhatAPageFetches, IsFound) {
  for (const auto* part : {"<img src=\"http://x/y.png\">", "<script src=\"https://x/u.js\">", "<link rel=\"stylesheet\">", "@import 'x'",
                           "url(https://x/f.woff)", "fetch('/status')"}) {
    EXPECT_THAT(fetched(part), Not(IsEmpty())) << part;
  }
}

class Reports : public testing::Test {
 protected:
  void SetUp() override {
    deployment_ = write_configuration(folder_.path(), "localhost:1", "samples");
    recording_ = (folder_ / "samples.jsonl").string();
    write_lines(recording_, drifting_stream(12'000));
  }
  // What --json printed, beside a report.
  [[nodiscard]] json::value run_with_report(const std::string& command, Arguments more = {}) const {
    more.insert(more.end(), {"--from", recording_, "--json", "--report", report().string()});
    const auto done = run(command_line(command, deployment_, more));
    if (done.status.code != 0) throw std::runtime_error(done.err);
    return json::parse(done.out);
  }
  [[nodiscard]] std::filesystem::path report() const { return folder_ / "report.html"; }

  TemporaryFolder folder_;
  Deployment deployment_;
  std::string recording_;
};

TEST_F(Reports, OfAReplayHoldTheNumbersThatItPrints) {
  const auto printed = run_with_report("replay");
  const auto page = content(report());
  const auto data = data_of(page);
  EXPECT_EQ(data.at("summary"), printed);
  EXPECT_EQ(data.at("incidents_total").to_number<std::size_t>(), printed.at("incidents").as_array().size());
  EXPECT_GE(printed.at("incidents").as_array().size(), 1U);
  EXPECT_EQ(data.at("marks").at(0).at("sample"), printed.at("incidents").at(0).at("sample"));

  double all = 0;
  double right = 0;
  const auto& counts = data.at("confusion").at("counts").as_array();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (std::size_t j = 0; j < counts.size(); ++j) all += counts[i].at(j).to_number<double>();
    right += counts[i].at(i).to_number<double>();
  }
  EXPECT_EQ(all, number_at(printed, "/labelled"));
  EXPECT_DOUBLE_EQ(right / all, number_at(printed, "/metrics/accuracy"));
  for (const auto* curve : {"loss_fast", "loss_slow", "lr"}) {
    EXPECT_LE(data.at("curves").at(curve).at("x").as_array().size(), 2001U) << curve;
    EXPECT_GE(data.at("curves").at(curve).at("x").as_array().size(), 900U) << curve;
  }
  EXPECT_THAT(fetched(page), IsEmpty());
  EXPECT_LT(page.size(), 400'000U);
}

TEST_F(Reports, LeaveTheReplayAsItIs) {
  const auto with = run_with_report("replay");
  EXPECT_EQ(text_at(with, "/state_hash"), text_at(replay_json(deployment_, recording_), "/state_hash"));
}

TEST_F(Reports, OfAReplayHideSecrets) {
  {
    std::ofstream file(deployment_.configuration, std::ios::app);
    file << "token_file = \"" << (folder_ / "token").string() << "\"\n";
    std::ofstream(folder_ / "token") << "topsecret-token\n";
  }
  (void)run_with_report("replay", {"--set", "kafka.properties.sasl.password=topsecret-password"});
  const auto page = content(report());
  EXPECT_THAT(page, HasSubstr("sasl.password"));
  EXPECT_THAT(page, Not(HasSubstr("topsecret")));
}

TEST_F(Reports, OfAComparisonHoldTheRowsThatItPrints) {
  const auto printed = run_with_report("compare", {"--sweep", "drift.policy=none,restart"});
  const auto page = content(report());
  const auto data = data_of(page);
  EXPECT_EQ(data.at("rows"), printed);
  const auto& details = data.at("details").as_array();
  ASSERT_EQ(details.size(), 15U);
  int best = 0;
  for (std::size_t i = 0; i < details.size(); ++i) {
    EXPECT_EQ(details[i].at("incidents").as_array().size(), printed.at(i).at("incidents").to_number<std::size_t>());
    EXPECT_EQ(details[i].at("curve").at("x").as_array().size(), 12'000U / 256);
    const auto name = text_at(printed.at(i), "/config");
    EXPECT_EQ(text_at(details[i], "/role"), name == "no response" ? name : name.starts_with("constant") ? "constant" : "configuration");
    if (!details[i].at("best_constant").as_bool()) continue;
    ++best;
    EXPECT_EQ(text_at(details[i], "/role"), "constant");
  }
  EXPECT_EQ(best, 1);
  EXPECT_EQ(data.at("configurations").as_array().size(), 2U);
  EXPECT_THAT(fetched(page), IsEmpty());
  EXPECT_LT(page.size(), 400'000U);
}

TEST_F(Reports, OfAComparisonTellThePlannedDrifts) {
  const auto truth = (folder_ / "truth.csv").string();
  write_file(truth, "sample,kind,width,concept\n4000,abrupt,0,1\n8000,abrupt,0,2\n");
  const auto printed = run_with_report("compare", {"--truth", truth});
  const auto data = data_of(content(report()));
  EXPECT_EQ(data.at("rows"), printed);
  EXPECT_EQ(whole_at(data, "/planned/1/sample"), 8000);
}

TEST_F(Reports, OfARangeTestHoldTheCurveThatItPrints) {
  const auto printed = run_with_report("lr-find");
  const auto page = content(report());
  EXPECT_EQ(data_of(page).at("result"), printed);
  EXPECT_THAT(fetched(page), IsEmpty());
  EXPECT_LT(page.size(), 400'000U);
}

TEST_F(Reports, SayAtOnceWhereTheyCannotBeWritten) {
  const auto done = run(command_line("replay", deployment_, {"--from", recording_, "--report", "/nowhere/report.html"}));
  EXPECT_NE(done.status.code, 0);
  EXPECT_THAT(done.err, HasSubstr("/nowhere/report.html: No such file or directory"));
}

class ReportsInABrowser : public Reports {
 protected:
  void SetUp() override {
    if (run({"sh", "-c", "command -v chromium"}).status.code != 0) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no Chromium";
      GTEST_SKIP() << "SKIPPED: no Chromium";
    }
    Reports::SetUp();
  }
  // The document after its scripts have run.
  [[nodiscard]] std::string drawn() const {
    return run({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + (folder_ / "profile").string(),
                "--virtual-time-budget=5000", "--dump-dom", "file://" + report().string()})
        .out;
  }
  static std::ptrdiff_t count(const std::string& text, const std::string& what) {
    const std::regex pattern(what);
    return std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator());
  }
};

TEST_F(ReportsInABrowser, AReplayIsDrawnWhole) {
  (void)run_with_report("replay");
  const auto dom = drawn();
  EXPECT_THAT(dom, HasSubstr(">Replay of samples.jsonl</h1>"));
  EXPECT_EQ(count(dom, "<canvas"), 3);
  for (const auto* title : {"Drifts", "Classes", "Calibration", "Weights at the end", "All metrics", "Configuration"}) {
    EXPECT_THAT(dom, HasSubstr(std::string("<h2>") + title + "</h2>"));
  }
}

TEST_F(ReportsInABrowser, ARangeTestIsDrawnWhole) {
  (void)run_with_report("lr-find");
  const auto dom = drawn();
  EXPECT_THAT(dom, HasSubstr(">Learning rates on samples.jsonl</h1>"));
  EXPECT_EQ(count(dom, "<canvas"), 1);
  EXPECT_THAT(dom, HasSubstr(">Suggested learning rate</dt>"));
}

TEST_F(ReportsInABrowser, AComparisonIsDrawnWhole) {
  (void)run_with_report("compare", {"--sweep", "drift.policy=none,restart"});
  const auto dom = drawn();
  EXPECT_THAT(dom, HasSubstr(">Comparison on samples.jsonl</h1>"));
  EXPECT_EQ(count(dom, "<canvas"), 2);
  EXPECT_EQ(count(dom, "class=\"tag constant\""), 1);
  EXPECT_EQ(count(dom, "class=\"tag none\""), 1);
}

}  // namespace
}  // namespace rekindle::system_test
