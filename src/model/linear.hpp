// LinearModel: one weight for each feature and output, dense or sparse, and a bias; starts at zero.
#pragma once

#include <array>
#include <optional>

#include "model/model.hpp"
#include "model/rounding.hpp"
#include "model/sparse_layer.hpp"

namespace rekindle {

// The first block: row k holds output k's weights with its bias last, so that a new output is appended and nothing moves.
// The second, where there are sparse features, is a SparseLayer.
template <class Real>
class LinearModel final : public Model<Real> {
 public:
  LinearModel(const InputShape& inputs, std::size_t outputs, Rounding rounding = Rounding::none);

  [[nodiscard]] std::span<const Real> forward(const Input<Real>& x) override;
  void backward(const Input<Real>& x, std::span<const Real> score_gradient, bool first) override;
  void backward_to_step(const Input<Real>& x, std::span<const Real> score_gradient) override;
  [[nodiscard]] std::span<const ParameterBlock<Real>> blocks() override { return {blocks_.data(), sparse_ ? blocks_.size() : 1}; }
  [[nodiscard]] std::vector<IndexMap> grow_outputs(std::size_t outputs) override;
  std::size_t grow_sparse(std::size_t coordinates) override;
  [[nodiscard]] std::optional<std::size_t> sparse_coordinates() const override;
  [[nodiscard]] std::vector<IndexMap> remap_inputs(const IndexMap& from) override;
  [[nodiscard]] std::vector<NamedTensor> tensors() const override;
  [[nodiscard]] bool assign(const NamedTensor& tensor) override;
  void save(ByteWriter& out) const override;
  void load(ByteReader& in) override;
  void save_gradient(ByteWriter& out) const override;
  void load_gradient(ByteReader& in) override;

 private:
  void point_blocks();
  // The dense part in 16 bits; the sparse one is not rounded.
  [[nodiscard]] std::span<const Real> rounded_forward(const Input<Real>& x);
  Rounding rounding_;
  std::vector<Real> rounded_input_;  // With a 1 behind it, for the bias; empty where nothing is rounded, as the next.
  std::vector<Real> rounded_row_;
  std::size_t inputs_;
  std::vector<Real> weights_;
  std::vector<Real> gradient_;
  std::vector<Real> scores_;
  std::optional<SparseLayer<Real>> sparse_;
  std::array<ParameterBlock<Real>, 2> blocks_;
};

}  // namespace rekindle
