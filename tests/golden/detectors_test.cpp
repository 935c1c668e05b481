#include "drift/adwin.hpp"
#include "golden_file.hpp"

namespace rekindle::test {
namespace {

const std::vector<Awaited> awaited_river = {
    {"page_hinkley_", "page_hinkley"},
    {"ddm_", "ddm"},
    {"eddm_", "eddm"},
    {"hddm_a_", "hddm_a"},
    {"hddm_w_", "hddm_w"},
    {"fhddm_", "fhddm"},
    {"kswin_", "kswin"},
    {"no_drift", ""},
};

const std::vector<Awaited> awaited_moa = {
    {"adwin_0@", ""},  // The classifier's wrapper: only the cuts after which the mean is higher.
    {"adwin_1@", ""},
    {"ddm_", "ddm"},
    {"hddm_a_", "hddm_a"},
    {"hddm_w_", "hddm_w"},
    {"page_hinkley_", "page_hinkley"},
    {"cusum_", "cusum"},
    {"gma_", "gma"},
    {"rddm_", "rddm"},
    {"stepd_", "stepd"},
    {"ewma_chart_", "ecdd"},
    {"seed_", ""},
};

// The streams of both files are in River's: a string of 0/1, or numbers.
std::vector<double> stream_of(const GoldenFile& river, dom::element one) {
  const auto kind = text(one["stream"].at(0));
  const dom::element x = river.shared(kind)[text(one["stream"].at(1))]["x"];
  if (!x.is_string()) return numbers(x);
  std::vector<double> out;
  for (const char c : text(x)) out.push_back(c == '1' ? 1 : 0);
  return out;
}

std::unique_ptr<DriftDetector> adwin_of(dom::element one, const char* after_drift) {
  auto given = parameters(one["params"]);
  given.set("after_drift", Value(std::string(after_drift)), {});
  const auto choice = choose(detectors(), "adwin", given);
  return choice.row->make.make(choice.parameters);
}

// `variance_is_sum`: River's trace has the sum of squared deviations, MOA's the variance.
void expect_adwin(dom::element one, const std::vector<double>& stream, DriftDetector& detector, bool variance_is_sum) {
  const auto& adwin = dynamic_cast<const Adwin&>(detector);
  const auto theirs = numbers(one["drift"]);
  const auto trace = number_rows(one["trace"]);
  std::vector<double> ours;
  std::size_t row = 0;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (detector.observe(stream[i]).level == DriftLevel::drift) ours.push_back(static_cast<double>(i));
    if (row == trace.size() || trace[row][0] != static_cast<double>(i)) continue;
    const double variance = variance_is_sum ? adwin.squared_deviations() : adwin.squared_deviations() / adwin.width();
    EXPECT_EQ(adwin.width(), trace[row][1]) << "at " << i;
    EXPECT_TRUE(close(adwin.total() / adwin.width(), trace[row][2], 1e-9, 1e-12)) << "mean at " << i;
    EXPECT_TRUE(close(variance, trace[row][3], 1e-9, 1e-12)) << "variance at " << i;
    EXPECT_TRUE(close(adwin.total(), trace[row][4], 1e-9, 1e-12)) << "total at " << i;
    ++row;
  }
  EXPECT_EQ(row, trace.size());
  EXPECT_EQ(ours, theirs);
}

TEST(RiverAdwin, IsFollowedIndexByIndex) {
  const GoldenFile file("drift_river");
  expect_still_missing(detectors(), awaited_river);
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_awaited(name, awaited_river)) continue;
    SCOPED_TRACE(name);
    ASSERT_TRUE(name.starts_with("adwin_")) << "neither checked nor awaited";
    expect_adwin(one, stream_of(file, one), *adwin_of(one, "reset"), /*variance_is_sum=*/true);
    ++checked;
  }
  EXPECT_EQ(checked, 35);
}

TEST(MoaAdwin, IsFollowedIndexByIndexWithTheNewerSideKept) {
  const GoldenFile river("drift_river");
  const GoldenFile file("drift_moa");
  expect_still_missing(detectors(), awaited_moa);
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_awaited(name, awaited_moa)) continue;
    SCOPED_TRACE(name);
    ASSERT_TRUE(name.starts_with("adwin_class_")) << "neither checked nor awaited";
    const auto stream = stream_of(river, one);
    expect_adwin(one, stream, *adwin_of(one, "keep_newest"), /*variance_is_sum=*/false);
    // Widths before and after each cut.
    auto detector = adwin_of(one, "keep_newest");
    const auto& adwin = dynamic_cast<const Adwin&>(*detector);
    std::vector<std::vector<double>> cuts;
    for (std::size_t i = 0; i < stream.size(); ++i) {
      const double before = adwin.width() + 1;
      if (detector->observe(stream[i]).level == DriftLevel::drift) cuts.push_back({static_cast<double>(i), before, adwin.width()});
    }
    EXPECT_EQ(cuts, number_rows(one["cuts"]));
    ++checked;
  }
  EXPECT_EQ(checked, 14);
}

}  // namespace
}  // namespace rekindle::test
