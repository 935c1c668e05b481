#include "golden_file.hpp"

namespace rekindle::test {
namespace {

const std::vector<NotOurs> not_ours = {
    {"logistic_pos_weight", "class weights are sample weights here"},
    {"softmax_ce_class_weight", "likewise"},
    {"half_squared", "squared, halved"},
    {"smooth_l1_", "huber, divided by its delta"},
    {"squared_hinge", "not in the catalogue"},
    {"multiclass_hinge", "not in the catalogue"},
};

struct Wanted {
  std::string row;
  Entries given;
};

// The loss that a case stands for; an empty row: unknown.
Wanted wanted(const std::string& name, dom::element p) {
  if (name == "squared") return {"squared", {}};
  if (name == "logistic" || name == "logistic_sample_weight") return {"logistic", {}};
  if (name.starts_with("logistic_smoothed_")) return {"logistic", {{"label_smoothing", number(p["smoothing"])}}};
  if (name == "absolute" || name == "hinge") return {name, {}};
  if (name == "poisson_log") return {"poisson", {}};
  if (name.starts_with("huber_")) return {"huber", {{"delta", number(p["delta"])}}};
  if (name.starts_with("quantile_")) return {"quantile", {{"q", number(p["q"])}}};
  if (name.starts_with("softmax_ce_")) return {"softmax", {{"label_smoothing", number(p["label_smoothing"])}}};
  return {};
}

// One row of scores for each sample, whatever the number of classes.
std::vector<std::vector<double>> score_rows(dom::element element) {
  std::vector<std::vector<double>> rows;
  for (const dom::element one : element.get_array()) rows.push_back(one.is_array() ? numbers(one) : std::vector{number(one)});
  return rows;
}

void expect_loss(const GoldenFile& file, dom::element one, const Loss& loss) {
  std::vector<std::string> inputs;
  for (const dom::element input : one["inputs"].get_array()) inputs.push_back(text(input));
  const auto scores = score_rows(file.shared(inputs[0]));
  const auto targets = numbers(file.shared(inputs[1]));
  const auto weights = inputs.size() > 2 ? numbers(file.shared(inputs[2])) : std::vector<double>(targets.size(), 1);
  const auto their_loss = numbers(one["loss"]);
  const auto their_gradient = score_rows(one["grad"]);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::vector<double> gradient(scores[i].size());
    const double ours = loss.evaluate(scores[i], targets[i], gradient);
    EXPECT_TRUE(close(weights[i] * ours, their_loss[i], 1e-12, 1e-14)) << "loss " << i;
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      EXPECT_TRUE(close(weights[i] * gradient[k], their_gradient[i][k], 1e-12, 1e-14)) << "gradient " << i << "," << k;
    }
  }
}

TEST(TorchLosses, AgreeInValueAndGradient) {
  const GoldenFile file("losses");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_not_ours(name, not_ours)) continue;
    SCOPED_TRACE(name);
    const auto [row, given] = wanted(name, one["params"]);
    ASSERT_FALSE(row.empty()) << "not checked";
    expect_loss(file, one, *make_loss(row, given));
    ++checked;
  }
  EXPECT_EQ(checked, 14);
}

}  // namespace
}  // namespace rekindle::test
