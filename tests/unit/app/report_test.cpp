// What a report is made of.
#include <gmock/gmock.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cmath>

#include "app/class_tables.hpp"
#include "app/compare_report.hpp"
#include "app/report_file.hpp"
#include "app/thinned_series.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;
using testing::Le;
using testing::Not;

using Points = std::vector<ThinnedSeries::Point>;

TEST(AThinnedSeries, KeepsAllOfAShortCurve) {
  ThinnedSeries series;
  for (std::uint64_t i = 0; i < 900; ++i) series.observe(i, static_cast<double>(i % 7));
  const auto points = series.points();
  ASSERT_EQ(points.size(), 900U);
  EXPECT_EQ(points[500], (ThinnedSeries::Point{500, 500 % 7}));
}

TEST(AThinnedSeries, KeepsEveryPeakAndTheEndOfALongOne) {
  ThinnedSeries series(2000);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    const double value = i == 777'777 ? 9 : i == 333'333 ? -9 : std::sin(static_cast<double>(i));
    series.observe(i, value);
  }
  const auto points = series.points();
  EXPECT_THAT(points.size(), Le(2001U));
  EXPECT_GT(points.size(), 900U);
  EXPECT_THAT(points, testing::Contains(ThinnedSeries::Point{777'777, 9}));
  EXPECT_THAT(points, testing::Contains(ThinnedSeries::Point{333'333, -9}));
  EXPECT_EQ(points.back().at, 999'999U);
  EXPECT_TRUE(std::ranges::is_sorted(points, std::less<>(), &ThinnedSeries::Point::at));
}

TEST(AThinnedSeries, TakesGapsAndWhatIsNoNumber) {
  ThinnedSeries series(8);
  for (std::uint64_t i = 0; i < 40; ++i) series.observe(i * 1'000'003, i == 7 ? std::nan("") : static_cast<double>(i));
  const auto points = series.points();
  EXPECT_THAT(points.size(), Le(9U));
  EXPECT_EQ(points.front(), (ThinnedSeries::Point{0, 0}));
  EXPECT_EQ(points.back(), (ThinnedSeries::Point{39 * 1'000'003, 39}));
  EXPECT_TRUE(ThinnedSeries().points().empty());
}

TEST(ClassTables, CountWhatWasTakenForWhat) {
  ClassTables tables(Task::multiclass);
  tables.observe({0, {0.9, 0.1}}, 0);
  tables.observe({0, {0.8, 0.2}}, 1);
  tables.observe({2, {0.1, 0.1, 0.8}}, 2);
  const auto json = tables.confusion_json({"a", "b", "c"});
  EXPECT_EQ(json.at("counts"), boost::json::parse("[[1,0,0],[1,0,0],[0,0,1]]"));
  EXPECT_EQ(json.at("classes"), boost::json::parse(R"(["a","b","c"])"));
  const auto bins = tables.calibration_json();
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].at("count").to_number<int>(), 2);
  EXPECT_EQ(bins[0].at("share").to_number<double>(), 0.5);
  EXPECT_DOUBLE_EQ(bins[0].at("mean").to_number<double>(), 0.8);
}

TEST(ClassTables, TakeTheProbabilityOfTheSecondClassOfTwo) {
  ClassTables tables(Task::binary);
  for (int i = 0; i < 4; ++i) tables.observe({0, {0.75, 0.25}}, i == 0 ? 1 : 0);
  tables.observe({1, {0, 1}}, 1);
  const auto bins = tables.calibration_json();
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].at("share").to_number<double>(), 0.25);
  EXPECT_EQ(bins[1].at("low").to_number<double>(), 0.9);
}

TEST(ClassTables, PutTheClassesBeyondTheirRoomTogether) {
  ClassTables tables(Task::multiclass);
  for (int i = 0; i < 200; ++i) tables.observe({static_cast<double>(i), {}}, i);
  const auto json = tables.confusion_json(std::vector<std::string>(200, "x"));
  EXPECT_EQ(json.at("classes").as_array().size(), ClassTables::most_classes + 1);
  EXPECT_EQ(json.at("classes").as_array().back(), "(others)");
  EXPECT_EQ(json.at("counts").as_array().back().as_array().back().to_number<int>(), 200 - 64);
}

TEST(AReportPage, CannotBeEndedByItsData) {
  const auto page = report_page({{"kind", "none"}, {"text", "</script><script>alert(1)</script><!-- \xff"}});
  EXPECT_THAT(page, HasSubstr(R"("text":"\u003c/script>\u003cscript>alert(1)\u003c/script>\u003c!--)"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("@DATA@")));
}

TEST(StretchMeans, CoverAllBlocksInFewPoints) {
  std::vector<double> blocks(1001, 1);
  blocks.back() = 5;
  std::vector<std::uint64_t> ends;  // A label for every second sample.
  for (std::uint64_t i = 1; i <= blocks.size(); ++i) ends.push_back(2 * i * contest_block);
  const auto json = stretch_means_json(blocks, ends, 100);
  const auto& x = json.at("x").as_array();
  ASSERT_EQ(x.size(), 91U);
  EXPECT_EQ(x.back().to_number<std::uint64_t>(), 2 * 1001 * contest_block);
  EXPECT_EQ(json.at("y").as_array().front(), 1.0);
  EXPECT_EQ(json.at("labelled").as_array().front().to_number<std::uint64_t>(), 11 * contest_block);
  EXPECT_EQ(stretch_means_json({0.5, 0.25}, {256, 512}, 100).at("y"), boost::json::parse("[0.5,0.25]"));
}

}  // namespace
}  // namespace rekindle
