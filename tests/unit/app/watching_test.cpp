// What the daemon shows of a learner: how much of it, and by which names.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "app/log.hpp"
#include "app/model_board.hpp"
#include "app/page_feed.hpp"
#include "app/session.hpp"
#include "app/strong_inputs.hpp"
#include "app/toml.hpp"
#include "metrics/exporter.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Configuration configuration(const std::string& schema) {
  Diagnostics diagnostics;
  auto out = check_configuration(read_toml_text("[source]\ntopic = \"t\"\n[schema]\nlabel = \"y\"\n" + schema, "r.toml", diagnostics),
                                 "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

bool take(Session& session, const std::string& json) {
  const std::string padded = json + std::string(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded).substr(0, json.size());
  return session.take(record).value();
}

std::string metrics_after(std::size_t names) {
  Session session(configuration("task = \"multiclass\"\nmax_classes = 50\n"));
  std::size_t learned = 0;
  for (std::size_t i = 0; i < names; ++i) learned += take(session, fmt::format(R"({{"x":{},"y":"class-{}"}})", i % 7, i)) ? 1 : 0;
  EXPECT_EQ(learned, std::min<std::size_t>(names, 50));
  StatusSnapshot status;
  session.learner()->report(status.learner);
  EXPECT_LE(status.learner.classes.size(), 50U);
  return MetricsExporter().render(status);
}

TEST(Cardinality, IsThatOfTenClassesUnderAHundredThousand) {
  const auto few = metrics_after(10);
  const auto many = metrics_after(100'000);
  EXPECT_THAT(many, Not(HasSubstr("class-")));
  EXPECT_EQ(std::ranges::count(few, '\n'), std::ranges::count(many, '\n'));
  EXPECT_LT(std::ranges::count(many, '\n'), 400);
}

TEST(PageFeed, LetsNoFloodOfClassesDriveTheDriftsOut) {
  PageFeed feed;
  feed.add(IncidentOpened{});
  for (std::size_t i = 0; i < 1000; ++i) feed.add(ClassAdded{i, "name", i});
  feed.add(PlateauMet{5, 0.1, 0.2});
  feed.add(UpdateSkipped{6, 0.1});
  EXPECT_THAT(feed.history().body, AllOf(HasSubstr("\"type\":\"incident\""), HasSubstr("\"type\":\"plateau_bump\""),
                                         Not(HasSubstr("class_added")), Not(HasSubstr("update_skipped"))));
}

TEST(StrongInputs, AreByNameTheStrongestFirst) {
  const std::vector<NamedTensor> tensors = {{"output.weight", {2, 4}, {1, 0, 3, 9, 0, -2, 4, 9}}, {"output.bias", {2}, {0, 0}}};
  const auto found = strong_inputs(tensors, {"a", "b", "c"}, 2);
  EXPECT_EQ(found.named, 3U);
  EXPECT_EQ(found.unnamed, 1U);  // However strong.
  ASSERT_EQ(found.top.size(), 2U);
  EXPECT_EQ(found.top[0].feature, "c");
  EXPECT_EQ(found.top[0].norm, 5);
  EXPECT_THAT(found.top[0].weights, ElementsAre(3, 4));
  EXPECT_EQ(found.top[1].feature, "b");
  EXPECT_TRUE(strong_inputs({}, {"a"}, 2).top.empty());
}

TEST(ModelBoard, NamesTheStrongestInputsOfItsCopy) {
  const auto settings = configuration("task = \"binary\"\nfeatures = [\"strong\", \"weak\"]\n");
  Session session(settings);
  for (int i = 0; i < 400; ++i) {
    const bool positive = i % 2 == 0;
    EXPECT_TRUE(take(session, fmt::format(R"({{"strong":{},"weak":{},"y":{}}})", positive ? 1 : -1, i % 5, positive ? 1 : 0)));
  }
  ModelBoard board(settings.learner.schema, {});
  EXPECT_TRUE(board.strongest().empty());
  board.offer(stamp_of(*session.learner()));
  const auto found = board.strongest();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].feature, "strong");
  ASSERT_EQ(found[0].weights.size(), 1U);
  EXPECT_GT(found[0].weights[0], 0.5);
}

TEST(LogLimit, AdmitsOneASecondAndCountsTheRest) {
  LogLimit limit;
  const auto start = steady_now();
  EXPECT_EQ(limit.admit(start), 0U);
  for (int i = 1; i < 10; ++i) EXPECT_FALSE(limit.admit(start + std::chrono::milliseconds(100 * i)));
  EXPECT_EQ(limit.admit(start + std::chrono::seconds(1)), 9U);
  EXPECT_EQ(limit.admit(start + std::chrono::seconds(2)), 0U);
}

TEST(LogField, IsNoNumberInJsonWhereItIsNotFinite) {
  EXPECT_FALSE(LogField("lr", 0.5).is_text);
  EXPECT_TRUE(LogField("lr", std::numeric_limits<double>::quiet_NaN()).is_text);
  EXPECT_TRUE(LogField("lr", "0.5").is_text);
}

}  // namespace
}  // namespace rekindle
