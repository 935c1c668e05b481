// Optimizers and clipping of Keras and optax. What of theirs we do not follow is in docs/decisions.md.
#include <map>

#include "golden_file.hpp"

namespace rekindle::test {
namespace {

// Names of parameters, theirs and ours.
const std::map<std::string, std::string> renamed = {
    {"l1_regularization_strength", "l1"},
    {"l2_regularization_strength", "l2"},
    {"l2_shrinkage_regularization_strength", "l2_shrinkage"},
    {"epsilon", "eps"},
    {"rho", "alpha"},
};

Choice<OptimizerRow> chosen(const std::string& row, const Table& theirs) {
  Table given;
  Array betas;
  for (const auto& entry : theirs.entries()) {
    const bool is_beta = entry.key == "beta_1" || entry.key == "beta_2" || entry.key == "b1" || entry.key == "b2";
    if (is_beta) {
      betas.push_back(entry.value);
      continue;
    }
    const auto name = renamed.find(entry.key);
    given.set(name == renamed.end() ? entry.key : name->second, entry.value, {});
  }
  if (!betas.empty()) given.set("betas", Value(betas), {});
  // torch multiplies the step by this in the exponent of its momentum schedule, Keras does not.
  if (row == "nadam") given.set("momentum_decay", Value(1.0), {});
  return choose(optimizers(), row, given, common_optimizer_parameters());
}

struct Followed {
  const char* prefix;
  const char* row;
  double relative;
};

// Keras puts eps inside the root, which is a difference in the eighth digit here.
const std::vector<Followed> followed = {
    {"keras_ftrl_", "ftrl", 1e-9},       {"keras_nadam_", "nadam", 1e-6}, {"keras_rmsprop_", "rmsprop", 1e-6},
    {"keras_adagrad_", "adagrad", 1e-6}, {"optax_lion_", "lion", 1e-9},   {"optax_adamw", "adamw", 1e-9},
};

TEST(KerasAndOptaxOptimizers, AreFollowedStepByStep) {
  const GoldenFile file("optim_keras_optax");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    SCOPED_TRACE(name);
    const auto row = std::ranges::find_if(followed, [&](const auto& each) { return name.starts_with(each.prefix); });
    if (row == followed.end()) {
      EXPECT_EQ(name, "keras_sgd_nesterov_grads_lr_schedule") << "the LR is inside its buffer, outside ours";
      continue;
    }
    std::vector<double> weights = numbers(file.shared("theta0"));
    std::vector<double> gradient(weights.size());
    const std::vector<std::size_t> sizes = {weights.size()};
    const auto optimizer = make_optimizer<double>(chosen(row->row, parameters(one["params"])), sizes);
    const std::vector<ParameterBlock<double>> blocks = {{weights, gradient, 1}};
    const auto gradients = number_rows(file.shared(text(one["gradients"])));
    const auto rates = numbers(file.shared(text(one["lr"])));
    const auto theirs = number_rows(one["theta"]);
    for (std::size_t step = 0; step < theirs.size(); ++step) {
      gradient = gradients[step];
      optimizer->apply(blocks, rates[step]);
      for (std::size_t j = 0; j < weights.size(); ++j) {
        ASSERT_TRUE(close(weights[j], theirs[step][j], row->relative, 1e-9)) << "step " << step << " weight " << j;
      }
    }
    ++checked;
  }
  EXPECT_EQ(checked, 14);
}

// Ours is torch's factor, with 1e-6 beside the norm: within a millionth of optax's at norms around 1.
TEST(OptaxClipping, IsFollowedButForTheEpsilon) {
  const GoldenFile file("clip_optax");
  const auto gradients = number_rows(file.shared("grads"));
  int checked = 0;
  for (const dom::element one : file.cases()) {
    SCOPED_TRACE(text(one["name"]));
    const dom::element p = one["params"];
    const bool by_value = text(one["call"]) == "optax.clip";
    GradientOptions options;
    (by_value ? options.clip_value : options.clip_norm) = number(p[by_value ? "max_delta" : "max_norm"]);
    const auto theirs = number_rows(one["clipped"]);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      auto gradient = gradients[i];
      std::vector<double> weights(gradient.size(), 0.5);
      const std::vector<ParameterBlock<double>> blocks = {{std::span(weights).first(2), std::span(gradient).first(2), 1},
                                                          {std::span(weights).subspan(2), std::span(gradient).subspan(2), 1}};
      prepare_gradient<double>(blocks, options);
      for (std::size_t j = 0; j < gradient.size(); ++j) {
        EXPECT_TRUE(close(gradient[j], theirs[i][j], by_value ? 1e-10 : 2e-6)) << "gradient " << i << " element " << j;
      }
    }
    ++checked;
  }
  EXPECT_EQ(checked, 7);
}

}  // namespace
}  // namespace rekindle::test
