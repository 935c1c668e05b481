#include <algorithm>

#include "golden_file.hpp"

namespace rekindle::test {
namespace {

const std::vector<NotOurs> not_ours = {
    {"adamw_amsgrad_", "one or the other"},
    {"nadam_decoupled_wd_", "our weight decay of nadam is the coupled one"},
    {"radam_", "not in the catalogue"},
    {"adamax_", "not in the catalogue"},
    {"river_ftrl_", "ours is the formula of Keras"},
};

std::string row_of(const std::string& call, const Table& theirs) {
  if (call == "torch.optim.SGD")
    return theirs.find("nesterov") != nullptr ? "nesterov" : (theirs.find("momentum") != nullptr ? "momentum" : "sgd");
  if (call == "torch.optim.Adam") return theirs.find("amsgrad") != nullptr ? "amsgrad" : "adam";
  if (call == "torch.optim.AdamW") return "adamw";
  if (call == "torch.optim.NAdam") return "nadam";
  if (call == "torch.optim.RMSprop") return "rmsprop";
  if (call == "torch.optim.Adagrad") return "adagrad";
  return call == "torch.optim.Adadelta" ? "adadelta" : "";
}

// The row and the parameters that a torch optimizer stands for.
Choice<OptimizerRow> chosen(const std::string& call, const Table& theirs) {
  Table given;
  for (const auto& entry : theirs.entries()) {
    if (entry.key != "nesterov" && entry.key != "amsgrad") given.set(entry.key, entry.value, {});
  }
  return choose(optimizers(), row_of(call, theirs), given, common_optimizer_parameters());
}

struct Trajectory {
  std::vector<double> start;
  std::vector<std::vector<double>> gradients;
  std::vector<double> rates;
  std::vector<std::vector<double>> theirs;
  std::size_t reset_before = std::numeric_limits<std::size_t>::max();
};

// Two blocks, so that the split into layers is part of the test.
template <class Real>
void expect_trajectory(const Choice<OptimizerRow>& choice, const Trajectory& path, double relative, double absolute) {
  std::vector<Real> weights(path.start.begin(), path.start.end());
  std::vector<Real> gradient(weights.size());
  const std::vector<std::size_t> sizes = {2, weights.size() - 2};
  const auto optimizer = make_optimizer<Real>(choice, sizes);
  const std::vector<ParameterBlock<Real>> blocks = {{std::span(weights).first(2), std::span(gradient).first(2), 1},
                                                    {std::span(weights).subspan(2), std::span(gradient).subspan(2), 1}};
  for (std::size_t step = 0; step < path.theirs.size(); ++step) {
    if (step == path.reset_before) optimizer->forget(1);
    std::ranges::transform(path.gradients[step], gradient.begin(), [](double g) { return static_cast<Real>(g); });
    optimizer->apply(blocks, path.rates[step]);
    for (std::size_t j = 0; j < weights.size(); ++j) {
      ASSERT_TRUE(close(static_cast<double>(weights[j]), path.theirs[step][j], relative, absolute)) << "step " << step << " weight " << j;
    }
  }
}

template <class Real>
void expect_torch(double relative, double absolute) {
  const GoldenFile file("optim_torch");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_not_ours(name, not_ours)) continue;
    SCOPED_TRACE(name);
    Trajectory path;
    path.start = numbers(file.shared("theta0"));
    path.gradients = number_rows(file.shared(text(one["gradients"])));
    path.rates = numbers(file.shared(text(one["lr"])));
    path.theirs = number_rows(one["theta"]);
    const dom::element reset = one["reset_before_step"];
    if (!reset.is_null()) path.reset_before = static_cast<std::size_t>(number(reset));
    expect_trajectory<Real>(chosen(text(one["call"]), parameters(one["params"])), path, relative, absolute);
    ++checked;
  }
  EXPECT_EQ(checked, 36);
}

TEST(TorchOptimizers, AreFollowedInDoublePrecision) { expect_torch<double>(1e-10, 1e-12); }

TEST(TorchOptimizers, AreFollowedInSinglePrecision) { expect_torch<float>(1e-4, 1e-4); }

void expect_clipped(const dom::element& one, const std::vector<std::vector<double>>& gradients, const GradientOptions& options) {
  const auto theirs = number_rows(one["clipped"]);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    auto gradient = gradients[i];
    std::vector<double> weights(gradient.size(), 0.5);
    const std::vector<ParameterBlock<double>> blocks = {{std::span(weights).first(2), std::span(gradient).first(2), 1},
                                                        {std::span(weights).subspan(2), std::span(gradient).subspan(2), 1}};
    prepare_gradient<double>(blocks, options);
    for (std::size_t j = 0; j < gradient.size(); ++j)
      EXPECT_TRUE(close(gradient[j], theirs[i][j], 1e-10)) << "gradient " << i << " element " << j;
  }
}

TEST(TorchClipping, IsFollowedByGlobalNormAndByValue) {
  const GoldenFile file("clip_torch");
  const auto gradients = number_rows(file.shared("grads"));
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    SCOPED_TRACE(name);
    const dom::element p = one["params"];
    GradientOptions options;
    if (name.starts_with("clip_value_")) {
      options.clip_value = number(p["clip_value"]);
    } else if (number(p["norm_type"]) == 2) {
      options.clip_norm = number(p["max_norm"]);
    } else {
      continue;  // Only the Euclidean norm is ours.
    }
    expect_clipped(one, gradients, options);
    ++checked;
  }
  EXPECT_EQ(checked, 7);
}

}  // namespace
}  // namespace rekindle::test
