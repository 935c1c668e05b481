// MlpModel: fully connected layers with an activation between them, and dropout while it learns.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "model/make_model.hpp"
#include "model/sparse_layer.hpp"

namespace rekindle {

// Starts He-normal (He et al. 2015): each weight with variance 2 / inputs of its layer, drawn layer by layer and row by row
// from the seed; biases start at zero. One block a layer; a row is an output's weights with its bias last.
// Sparse features, where there are any, have a last block, whose weights start at zero: their part of the first layer.
template <class Real>
class MlpModel final : public Model<Real> {
 public:
  MlpModel(const ModelSpec& spec, const InputShape& inputs, std::size_t outputs);

  [[nodiscard]] std::span<const Real> forward(const Input<Real>& x) override;
  [[nodiscard]] bool learns_from_another_forward() const override { return dropout_ > 0; }
  // Inverted dropout: a hidden unit is left out with probability `dropout`, the others count 1 / (1 - dropout) times.
  [[nodiscard]] std::span<const Real> forward_to_learn(const Input<Real>& x) override;
  void backward(const Input<Real>& x, std::span<const Real> score_gradient, bool first) override;
  [[nodiscard]] std::span<const ParameterBlock<Real>> blocks() override { return blocks_; }
  [[nodiscard]] std::vector<IndexMap> grow_outputs(std::size_t outputs) override;
  std::size_t grow_sparse(std::size_t coordinates) override;
  [[nodiscard]] std::optional<std::size_t> sparse_coordinates() const override;
  // A new feature's weights start at zero, so that it changes no prediction before it has been learned.
  [[nodiscard]] std::vector<IndexMap> remap_inputs(const IndexMap& from) override;
  [[nodiscard]] std::vector<NamedTensor> tensors() const override;
  [[nodiscard]] bool assign(const NamedTensor& tensor) override;
  void save(ByteWriter& out) const override;
  void load(ByteReader& in) override;
  void save_gradient(ByteWriter& out) const override;
  void load_gradient(ByteReader& in) override;

  // Given instead of drawn: 1 keeps a hidden unit, 0 leaves it out.
  [[nodiscard]] std::span<const Real> forward_with_masks_for_test(const Input<Real>& x, const std::vector<std::vector<Real>>& keep);
  // What hidden layer `layer` handed on in the last forward.
  [[nodiscard]] std::span<const Real> hidden_for_test(std::size_t layer) const;

 private:
  struct Layer {
    std::string name;
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::vector<Real> weights;   // [outputs, inputs + 1]
    std::vector<Real> gradient;  // Likewise.
    std::vector<Real> rounded;   // The weights as they are used; empty where they are not rounded.
    std::vector<Real> input;     // What came in, with a 1 behind it that meets the bias.
    std::vector<Real> sums;
    std::vector<Real> values;  // Of the activation, before dropout.
    std::vector<Real> mask;    // What each value is multiplied by; empty without dropout.
    std::vector<Real> slopes;  // d loss / d sum
  };
  void add_layer(std::size_t inputs, std::size_t outputs);
  void draw_rows(Layer& layer, std::size_t first);
  void resize(Layer& layer);
  void point_blocks();
  std::span<const Real> pass(const Input<Real>& x, bool masked);
  void activate_layer(Layer& layer, std::vector<Real>& next);
  [[nodiscard]] const std::vector<Real>& weights_in_use(const Layer& layer) const;
  void pass_down(const Layer& layer, Layer& below);
  void draw_masks();

  Rounding rounding_;
  Activation activation_;
  double dropout_;
  Random random_;
  std::vector<Layer> layers_;
  std::optional<SparseLayer<Real>> sparse_;
  std::vector<ParameterBlock<Real>> blocks_;
  std::vector<Real> scratch_;
  bool masked_ = false;  // The last forward, which `backward` follows, was.
};

}  // namespace rekindle
