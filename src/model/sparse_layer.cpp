#include "model/sparse_layer.hpp"

#include "optimizer/lanes.hpp"

namespace rekindle {

namespace {

// Sum of weights[index[i]] * value[i]. Packets of products are added up side by side: in one sum each would wait for the one before.
template <class Real>
Real gathered_sum(const Real* weights, const std::uint32_t* index, const Real* value, std::size_t size) {
  using Wide = PacketLanes<Real>;
  constexpr std::size_t lanes = Wide::count;
  using Half = Lanes<Real, lanes / 2>;
  const auto products = [&]<class Some>(std::size_t i, Some) { return Some::gather(weights, index + i) * Some::load(value + i); };
  typename Wide::Vector sums{};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) sums += products(i, Wide());
  Real rest = 0;
  if (i + lanes / 2 <= size) {
    const auto few = products(i, Half());
    for (std::size_t k = 0; k < lanes / 2; ++k) rest += few[k];
    i += lanes / 2;
  }
  for (; i < size; ++i) rest += weights[index[i]] * value[i];
  return Wide::sum(sums) + rest;
}

}  // namespace

template <class Real>
SparseLayer<Real>::SparseLayer(std::size_t coordinates, std::size_t outputs)
    : outputs_(outputs), coordinates_(coordinates), weights_(coordinates * outputs, Real{0}) {}

template <class Real>
void SparseLayer<Real>::add_scores(const Input<Real>& x, std::span<Real> scores) const {
  const std::size_t known = coordinates();
  std::size_t size = x.index.size();
  while (size != 0 && x.index[size - 1] >= known) --size;
  if (outputs_ == 1) {
    scores[0] += gathered_sum(weights_.data(), x.index.data(), x.value.data(), size);
    return;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const Real* const row = weights_.data() + x.index[i] * outputs_;
    for (std::size_t k = 0; k < outputs_; ++k) scores[k] += row[k] * x.value[i];
  }
}

template <class Real>
void SparseLayer<Real>::add_gradient(const Input<Real>& x, std::span<const Real> score_gradient, bool first) {
  if (first) {
    touch(x);
    const Real* const value = x.value.data();
    for (std::size_t i = 0; outputs_ == 1 && i < touched_.size(); ++i) gradient_[i] = score_gradient[0] * value[i];
    for (std::size_t i = 0; outputs_ != 1 && i < touched_.size(); ++i) {
      for (std::size_t k = 0; k < outputs_; ++k) gradient_[i * outputs_ + k] = score_gradient[k] * x.value[i];
    }
    point_at_all();
    return;
  }
  if (!marked_) mark();
  for (std::size_t i = 0; i < x.index.size(); ++i) {
    take(x.index[i]);
    Real* const gradient = gradient_.data() + place_[x.index[i]] * outputs_;
    for (std::size_t k = 0; k < outputs_; ++k) gradient[k] += score_gradient[k] * x.value[i];
  }
}

template <class Real>
void SparseLayer<Real>::defer_gradient(const Input<Real>& x, Real slope, ParameterBlock<Real>& block) {
  touch(x);
  point_gradient(block);
  block.deferred = true;
  block.slope = slope;
  block.input = x.value;
}

// Room for the gradient of one sample.
template <class Real>
void SparseLayer<Real>::touch(const Input<Real>& x) {
  marked_ = false;
  touched_.assign(x.index.begin(), x.index.end());
  gradient_.resize(touched_.size() * outputs_);
}

// The place of every coordinate in the gradient.
template <class Real>
void SparseLayer<Real>::mark() {
  marked_ = true;
  place_.resize(coordinates());
  for (std::size_t i = 0; i < touched_.size(); ++i) place_[touched_[i]] = static_cast<std::uint32_t>(i);
}

template <class Real>
void SparseLayer<Real>::take(std::uint32_t coordinate) {
  if (place_.size() <= coordinate) place_.resize(coordinates());
  const std::size_t place = place_[coordinate];
  if (place < touched_.size() && touched_[place] == coordinate) return;
  place_[coordinate] = static_cast<std::uint32_t>(touched_.size());
  touched_.push_back(coordinate);
  gradient_.resize(touched_.size() * outputs_, Real{0});
  point_at(coordinate);
}

template <class Real>
void SparseLayer<Real>::point_at(std::uint32_t coordinate) {
  if (outputs_ == 1) return;
  for (std::size_t k = 0; k < outputs_; ++k) index_.push_back(static_cast<std::uint32_t>(coordinate * outputs_ + k));
}

template <class Real>
void SparseLayer<Real>::point_at_all() {
  if (outputs_ == 1) return;
  index_.resize(touched_.size() * outputs_);
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    for (std::size_t k = 0; k < outputs_; ++k) index_[i * outputs_ + k] = static_cast<std::uint32_t>(touched_[i] * outputs_ + k);
  }
}

template <class Real>
void SparseLayer<Real>::grow(std::size_t coordinates) {
  coordinates_ = coordinates;
  weights_.resize(coordinates * outputs_, Real{0});
}

template <class Real>
IndexMap SparseLayer<Real>::grow_outputs(std::size_t outputs) {
  IndexMap map;
  const auto rearranged = [&](const std::vector<Real>& values) {
    std::vector<Real> moved;
    for (std::size_t at = 0; at < values.size(); at += outputs_) {
      moved.insert(moved.end(), values.begin() + static_cast<std::ptrdiff_t>(at),
                   values.begin() + static_cast<std::ptrdiff_t>(at + outputs_));
      moved.resize(moved.size() + outputs - outputs_, Real{0});
    }
    return moved;
  };
  for (std::size_t j = 0; j < coordinates(); ++j) {
    for (std::size_t k = 0; k < outputs; ++k) map.push_back(k < outputs_ ? static_cast<std::ptrdiff_t>(j * outputs_ + k) : -1);
  }
  weights_ = rearranged(weights_);
  gradient_ = rearranged(gradient_);
  outputs_ = outputs;
  point_at_all();
  return map;
}

template <class Real>
ParameterBlock<Real> SparseLayer<Real>::block() {
  ParameterBlock<Real> block;
  block.weights = weights_;
  block.sparse = true;
  point_gradient(block);
  return block;
}

template <class Real>
void SparseLayer<Real>::point_gradient(ParameterBlock<Real>& block) {
  block.gradient = gradient_;
  block.index = outputs_ == 1 ? touched_ : index_;
}

template <class Real>
void SparseLayer<Real>::append_row(std::size_t k, std::vector<double>& to) const {
  for (std::size_t at = k; at < weights_.size(); at += outputs_) to.push_back(static_cast<double>(weights_[at]));
}

template <class Real>
void SparseLayer<Real>::assign_row(std::size_t k, std::span<const double> from) {
  for (std::size_t j = 0; j < from.size(); ++j) weights_[j * outputs_ + k] = static_cast<Real>(from[j]);
}

template <class Real>
void SparseLayer<Real>::save(ByteWriter& out) const {
  out.put_array(weights_);
}

template <class Real>
void SparseLayer<Real>::load(ByteReader& in) {
  auto read = in.get_array<Real>();
  if (read.size() < weights_.size() || read.size() % outputs_ != 0) return in.invalidate();
  weights_ = std::move(read);
  coordinates_ = weights_.size() / outputs_;
}

template <class Real>
void SparseLayer<Real>::save_gradient(ByteWriter& out) const {
  out.put_array(touched_);
  out.put_array(gradient_);
}

template <class Real>
void SparseLayer<Real>::load_gradient(ByteReader& in) {
  touched_ = in.get_array<std::uint32_t>();
  gradient_ = in.get_array<Real>();
  const std::size_t known = coordinates();
  bool fits = gradient_.size() == touched_.size() * outputs_;
  for (const auto coordinate : touched_) fits = fits && coordinate < known;
  if (!fits) {
    touched_.clear();
    gradient_.clear();
    in.invalidate();
  }
  marked_ = false;
  point_at_all();
}

template class SparseLayer<float>;
template class SparseLayer<double>;

}  // namespace rekindle
