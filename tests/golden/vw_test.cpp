// Vowpal Wabbit, which computes in single precision: its steps of --sgd are ours of `sgd` under the `power` schedule, its
// --ftrl is ours with half its l2.
#include <cmath>

#include "golden_file.hpp"

namespace rekindle::test {
namespace {

struct Examples {
  std::vector<std::vector<double>> x;
  std::vector<double> y;
};

// Learns the examples one by one without a bias and expects the predictions before and the weights after each.
template <class Slope>
void expect_path(const dom::element& one, const Examples& examples, Optimizer<double>& optimizer, const LearningRateSchedule& schedule,
                 Slope slope) {
  const auto weights = number_rows(one["weights"]);
  const auto predictions = numbers(one["predictions"]);
  std::vector<double> w(2, 0);
  std::vector<double> gradient(2);
  const std::vector<ParameterBlock<double>> blocks = {{w, gradient, 1}};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& x = examples.x[i];
    const double raw = w[0] * x[0] + w[1] * x[1];
    ASSERT_NEAR(raw, predictions[i], 1e-4) << "example " << i;
    for (std::size_t j = 0; j < 2; ++j) gradient[j] = slope(raw, examples.y[i]) * x[j];
    optimizer.apply(blocks, schedule.rate_at(static_cast<double>(i)));
    for (std::size_t j = 0; j < 2; ++j) ASSERT_NEAR(w[j], weights[i][j], 1e-4) << "example " << i << " weight " << j;
  }
}

Entries renamed(const dom::element& params, const std::vector<std::pair<const char*, const char*>>& names) {
  Entries out;
  for (const auto& [theirs, ours] : names) out.emplace_back(ours, number(params[theirs]));
  return out;
}

TEST(VowpalWabbit, IsFollowedByPlainStepsUnderThePowerSchedule) {
  const GoldenFile file("lr_vw");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    if (!text(one["name"]).starts_with("vw_sgd_")) continue;
    SCOPED_TRACE(text(one["name"]));
    const Examples examples = {number_rows(file.shared("x")), numbers(file.shared("y"))};
    const dom::element p = one["params"];
    const auto schedule = make_schedule("power", renamed(p, {{"power_t", "power_t"}, {"initial_t", "initial_t"}}), number(p["l"]));
    // Twice the rate: half of it is the 2 in the gradient of the squared loss.
    const dom::element rates = one["eta_over_residual"];
    std::size_t i = 0;
    for (const dom::element rate : rates.get_array()) {
      const double ours = 2 * schedule->rate_at(static_cast<double>(i++));
      if (rate.is_null()) continue;
      EXPECT_TRUE(close(ours, number(rate), 1e-4)) << "example " << i - 1;
    }
    const auto optimizer = make_optimizer<double>(choose_optimizer("sgd"), {2});
    expect_path(one, examples, *optimizer, *schedule, [](double raw, double y) { return 2 * (raw - y); });
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

TEST(VowpalWabbit, IsFollowedByFtrl) {
  const GoldenFile file("lr_vw");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    if (!text(one["name"]).starts_with("vw_ftrl_")) continue;
    SCOPED_TRACE(text(one["name"]));
    const Examples examples = {number_rows(file.shared("x")), numbers(file.shared("label"))};
    const dom::element p = one["params"];
    auto given = renamed(p, {{"beta", "beta"}, {"l1", "l1"}});
    given.emplace_back("l2", number(p["l2"]) / 2);
    given.emplace_back("initial_accumulator_value", 0.0);
    const auto optimizer = make_optimizer<double>(choose_optimizer("ftrl", given), {2});
    const auto schedule = make_schedule("constant", {}, number(p["alpha"]));
    expect_path(one, examples, *optimizer, *schedule, [](double raw, double y) { return -y / (1 + std::exp(y * raw)); });
    ++checked;
  }
  EXPECT_EQ(checked, 2);
}

}  // namespace
}  // namespace rekindle::test
