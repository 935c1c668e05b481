// LinearModel: one weight for each feature and output, and a bias; starts at zero.
#pragma once

#include "model/model.hpp"

namespace rekindle {

// One block: row k holds output k's weights with its bias last, so that a new output is appended and nothing moves.
template <class Real>
class LinearModel final : public Model<Real> {
 public:
  LinearModel(std::size_t inputs, std::size_t outputs);

  [[nodiscard]] std::span<const Real> forward(std::span<const Real> x) override;
  void backward(std::span<const Real> x, std::span<const Real> score_gradient, bool first) override;
  [[nodiscard]] std::span<const ParameterBlock<Real>> blocks() override { return {&block_, 1}; }
  std::size_t grow_outputs(std::size_t outputs) override;
  [[nodiscard]] std::vector<IndexMap> remap_inputs(const IndexMap& from) override;
  [[nodiscard]] std::vector<NamedTensor> tensors() const override;
  void save(ByteWriter& out) const override;
  void load(ByteReader& in) override;

 private:
  void point_block();
  std::size_t inputs_;
  std::vector<Real> weights_;
  std::vector<Real> gradient_;
  std::vector<Real> scores_;
  ParameterBlock<Real> block_;
};

}  // namespace rekindle
