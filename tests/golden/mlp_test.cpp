#include "model/mlp.hpp"

#include "golden_file.hpp"

namespace rekindle::test {
namespace {

using Matrix = std::vector<std::vector<double>>;

struct LayerValues {
  Matrix w;
  std::vector<double> b;
};

std::vector<LayerValues> layers_of(dom::element element) {
  std::vector<LayerValues> out;
  for (const dom::element one : element.get_array()) out.push_back({number_rows(one["W"]), numbers(one["b"])});
  return out;
}

// A case's network with its weights.
MlpModel<double> model_of(dom::element p, const std::vector<LayerValues>& layers) {
  const auto sizes = numbers(p["sizes"]);
  ModelSpec spec;
  spec.kind = ModelKind::mlp;
  for (std::size_t i = 1; i + 1 < sizes.size(); ++i) spec.hidden.push_back(static_cast<std::size_t>(sizes[i]));
  spec.activation = text(p["activation"]) == "tanh" ? Activation::tanh : Activation::relu;
  dom::element dropout;
  if (!p["dropout_p"].get(dropout)) spec.dropout = number(dropout);
  MlpModel<double> model(spec, {static_cast<std::size_t>(sizes.front()), {}}, static_cast<std::size_t>(sizes.back()));
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto at = model.blocks()[i].weights.begin();
    for (std::size_t k = 0; k < layers[i].b.size(); ++k) {
      at = std::ranges::copy(layers[i].w[k], at).out;
      *at++ = layers[i].b[k];
    }
  }
  return model;
}

void expect_rows(std::span<const double> block, const LayerValues& theirs, double relative, double absolute) {
  auto at = block.begin();
  for (std::size_t k = 0; k < theirs.b.size(); ++k) {
    for (std::size_t j = 0; j < theirs.w[k].size(); ++j) EXPECT_TRUE(close(*at++, theirs.w[k][j], relative, absolute)) << k << "," << j;
    EXPECT_TRUE(close(*at++, theirs.b[k], relative, absolute)) << "bias " << k;
  }
}

void expect_all(std::span<const double> ours, const std::vector<double>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t k = 0; k < ours.size(); ++k) EXPECT_TRUE(close(ours[k], theirs[k], 1e-10, 1e-14)) << k;
}

std::unique_ptr<const Loss> loss_of(dom::element p) {
  if (p["label_smoothing"].is_null()) return make_loss("squared");
  return make_loss("softmax", {{"label_smoothing", number(p["label_smoothing"])}});
}

// The input's gradient, from the first layer's: d loss / d bias is d loss / d sum.
std::vector<double> input_gradient(MlpModel<double>& model, std::size_t inputs) {
  std::vector<double> out(inputs, 0);
  const auto block = model.blocks()[0];
  for (std::size_t at = 0; at < block.weights.size(); at += inputs + 1) {
    for (std::size_t j = 0; j < inputs; ++j) out[j] += block.weights[at + j] * block.gradient[at + inputs];
  }
  return out;
}

class Network {
 public:
  Network(const GoldenFile& file, dom::element one)
      : one_(one),
        x_(number_rows(file.shared("X"))),
        y_(numbers(file.shared(text(one["target"])))),
        loss_(loss_of(one["params"])),
        model_(model_of(one["params"], layers_of(one["layers"]))),
        masks_(one["dropout_masks"].is_null() ? 0 : x_.size()) {
    if (masks_.empty()) return;
    for (const dom::element layer : one["dropout_masks"].get_array()) {
      const auto rows = number_rows(layer);
      for (std::size_t i = 0; i < rows.size(); ++i) masks_[i].push_back(rows[i]);
    }
  }

  // Forward, loss and the gradients of the batch's mean loss.
  void check() {
    const auto batch = static_cast<std::size_t>(number(one_["batch"]));
    double loss = 0;
    for (std::size_t i = 0; i < batch; ++i) {
      SCOPED_TRACE(fmt::format("sample {}", i));
      loss += forward(i) / static_cast<double>(batch);
      model_.backward(input(i), slopes_, /*first=*/i == 0);
    }
    EXPECT_TRUE(close(loss, number(one_["loss"]), 1e-10));
    const auto theirs = layers_of(one_["grads"]);
    for (std::size_t i = 0; i < theirs.size(); ++i) expect_rows(model_.blocks()[i].gradient, theirs[i], 1e-10, 1e-14);
    const auto inputs = number_rows(one_["grad_input"]);
    for (std::size_t i = 0; i < batch; ++i) {
      (void)forward(i);
      model_.backward(input(i), slopes_, /*first=*/true);
      expect_all(input_gradient(model_, inputs[i].size()), inputs[i]);
    }
  }

 private:
  [[nodiscard]] Input<double> input(std::size_t i) const { return {x_[i], {}, {}}; }

  double forward(std::size_t i) {
    const auto raw = masks_.empty() ? model_.forward(input(i)) : model_.forward_with_masks_for_test(input(i), masks_[i]);
    expect_all(raw, number_rows(one_["output"])[i]);
    std::size_t layer = 0;
    for (const dom::element hidden : one_["hidden"].get_array()) expect_all(model_.hidden_for_test(layer++), number_rows(hidden)[i]);
    slopes_.assign(raw.size(), 0);
    const double loss = loss_->evaluate(raw, y_[i], slopes_);
    for (auto& slope : slopes_) slope /= number(one_["batch"]);
    return loss;
  }

  dom::element one_;
  Matrix x_;
  std::vector<double> y_;
  std::unique_ptr<const Loss> loss_;
  MlpModel<double> model_;
  std::vector<Matrix> masks_;  // By sample, then by hidden layer.
  std::vector<double> slopes_;
};

TEST(TorchMlp, IsFollowedInForwardLossAndGradients) {
  const GoldenFile file("mlp");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (!name.starts_with("mlp_")) continue;
    SCOPED_TRACE(name);
    Network(file, one).check();
    ++checked;
  }
  EXPECT_EQ(checked, 16);
}

Choice<OptimizerRow> optimizer_of(dom::element p) {
  Entries given;
  for (const auto* key : {"momentum", "weight_decay", "alpha"}) {
    dom::element value;
    if (!p[key].get(value)) given.emplace_back(key, number(value));
  }
  const auto name = text(p["optimizer"]);
  return choose_optimizer(name == "sgd_momentum" ? "momentum" : name, given);
}

// One sample a step.
void expect_training(const GoldenFile& file, dom::element one) {
  auto model = model_of(one["params"], layers_of(one["layers"]));
  std::vector<std::size_t> sizes;
  for (const auto& block : model.blocks()) sizes.push_back(block.weights.size());
  const auto optimizer = make_optimizer<double>(optimizer_of(one["params"]), sizes);
  const auto loss = make_loss("softmax");
  const auto x = number_rows(file.shared("X"));
  const auto y = numbers(file.shared("Y"));
  const auto rates = numbers(one["lr"]);
  const auto losses_before = numbers(one["loss_before_step"]);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto raw = model.forward({x[i], {}, {}});
    std::vector<double> slopes(raw.size());
    EXPECT_TRUE(close(loss->evaluate(raw, y[i], slopes), losses_before[i], 1e-10, 1e-13)) << "step " << i;
    model.backward({x[i], {}, {}}, slopes, /*first=*/true);
    optimizer->apply(model.blocks(), rates[i]);
  }
  const auto theirs = layers_of(one["final"]);
  for (std::size_t i = 0; i < theirs.size(); ++i) expect_rows(model.blocks()[i].weights, theirs[i], 1e-10, 1e-12);
}

TEST(TorchMlp, IsFollowedThroughShortTrainings) {
  const GoldenFile file("mlp");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (!name.starts_with("train_")) continue;
    SCOPED_TRACE(name);
    expect_training(file, one);
    ++checked;
  }
  EXPECT_EQ(checked, 5);
}

}  // namespace
}  // namespace rekindle::test
