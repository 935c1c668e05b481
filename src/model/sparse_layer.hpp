// SparseLayer: the weights of a sparse input, a few of which take part in each sample.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/input.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

// Coordinate j's weights for all outputs lie together, at [j * outputs, (j + 1) * outputs): what one sample touches is near
// each other, and a new coordinate is appended. Weights start at zero. The gradient holds only the coordinates of the
// samples since the last `first`, in the order in which they came.
template <class Real>
class SparseLayer {
 public:
  SparseLayer(std::size_t coordinates, std::size_t outputs);

  // Adds each output's weighted sum to `scores`. Coordinates beyond the last are worth nothing.
  void add_scores(const Input<Real>& x, std::span<Real> scores) const;
  void add_gradient(const Input<Real>& x, std::span<const Real> score_gradient, bool first);

  // The coordinates up to `coordinates`; appended.
  void grow(std::size_t coordinates);
  // A new output. Where each weight was.
  [[nodiscard]] IndexMap grow_outputs(std::size_t outputs);

  [[nodiscard]] std::size_t coordinates() const { return coordinates_; }
  [[nodiscard]] ParameterBlock<Real> block();
  // `add_gradient` of a first sample with one output, left to the optimizer's step: ParameterBlock::deferred.
  void defer_gradient(const Input<Real>& x, Real slope, ParameterBlock<Real>& block);
  // What `add_gradient` has changed of it.
  void point_gradient(ParameterBlock<Real>& block);

  // The weights of output k.
  void append_row(std::size_t k, std::vector<double>& to) const;
  void assign_row(std::size_t k, std::span<const double> from);

  void save(ByteWriter& out) const;
  // May have more coordinates than this layer, never less.
  void load(ByteReader& in);
  void save_gradient(ByteWriter& out) const;
  void load_gradient(ByteReader& in);

 private:
  void touch(const Input<Real>& x);
  void take(std::uint32_t coordinate);
  void point_at(std::uint32_t coordinate);
  void point_at_all();
  void mark();
  std::size_t outputs_;
  std::size_t coordinates_;  // Asked for with every sample: no quotient of lengths.
  std::vector<Real> weights_;
  std::vector<std::uint32_t> touched_;  // Coordinates in the gradient.
  std::vector<Real> gradient_;          // Of `touched_`, all outputs of one after the other.
  std::vector<std::uint32_t> index_;    // The same as positions in `weights_`; of several outputs only.
  // By coordinate: its place in `touched_`, where `touched_` agrees. Used where a gradient is of several samples.
  std::vector<std::uint32_t> place_;
  bool marked_ = false;  // `place_` knows all of `touched_`.
};

}  // namespace rekindle
