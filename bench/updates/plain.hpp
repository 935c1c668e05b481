// The plain loop: predict, log loss, gradient and step in Eigen, and nothing else. No guard, no undo, no interface.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <vector>

#include "bench/updates/samples.hpp"
#include "model/model.hpp"

namespace rekindle::bench {

// Each with the numbers of the optimizer of the same name at its defaults.
struct PlainSgd {
  static constexpr std::size_t slots = 0;
  float rate;
  void advance() {}
  template <class W, class G>
  void step(W&& w, const G& g) const {
    w -= rate * g;
  }
};

struct PlainAdam {
  static constexpr std::size_t slots = 2;
  float rate;
  double power1 = 1;
  double power2 = 1;
  float size = 0;
  float root = 0;
  void advance() {
    power1 *= 0.9;
    power2 *= 0.999;
    size = static_cast<float>(static_cast<double>(rate) / (1 - power1));
    root = static_cast<float>(1 / std::sqrt(1 - power2));
  }
  template <class W, class G, class M, class V>
  void step(W&& w, const G& g, M&& m, V&& v) const {
    m = 0.9F * m + 0.1F * g;
    v = 0.999F * v + 0.001F * g * g;
    w -= size * m / (v.sqrt() * root + 1e-8F);
  }
};

struct PlainAdagrad {
  static constexpr std::size_t slots = 1;
  float rate;
  void advance() {}
  template <class W, class G, class S>
  void step(W&& w, const G& g, S&& sum) const {
    sum += g * g;
    w -= rate * g / (sum.sqrt() + 1e-10F);
  }
};

struct PlainFtrl {
  static constexpr std::size_t slots = 2;
  static constexpr float first_sum = 0.1F;
  float rate;
  float l1 = 0;
  void advance() {}
  template <class W, class G, class Z, class N>
  void step(W&& w, const G& g, Z&& z, N&& n) const {
    z += g - ((n + g * g).sqrt() - n.sqrt()) / rate * w;
    n += g * g;
    w = (z.max(-l1).min(l1) - z) * rate / n.sqrt();
  }
};

// An array that is learned, with its accumulators.
template <class Rule, class Array>
struct Learned {
  Array weights;
  std::array<Array, Rule::slots> slots;

  void start(const Array& first) {
    weights = first;
    for (auto& slot : slots) slot = Array::Zero(first.rows(), first.cols());
    if constexpr (std::is_same_v<Rule, PlainFtrl>) slots[1].setConstant(PlainFtrl::first_sum);
  }
  template <class G>
  void step(const Rule& rule, const G& gradient) {
    std::apply([&](auto&... slot) { rule.step(weights, gradient, slot...); }, slots);
  }
  template <class G>
  void step_at(const Rule& rule, const std::vector<int>& at, const G& gradient) {
    std::apply([&](auto&... slot) { rule.step(weights(at), gradient, slot(at)...); }, slots);
  }
};

// Loss of the score; the score becomes its slope.
inline double log_loss(float& score, float target) {
  const double s = static_cast<double>(score);
  const double y = static_cast<double>(target);
  const double small = std::exp(-std::abs(s));
  score = static_cast<float>((s >= 0 ? 1 / (1 + small) : small / (1 + small)) - y);
  return std::max(s, 0.0) - s * y + std::log1p(small);
}

template <class Rule>
class PlainDense {
 public:
  PlainDense(float rate, const Samples& samples) : rule_{rate} { learned_.start(Eigen::ArrayXf::Zero(samples.width + 1)); }
  double update(const Samples& samples, std::size_t i) {
    const auto x = samples.rows.row(static_cast<Eigen::Index>(i)).transpose();  // Ends with the bias's 1.
    float slope = learned_.weights.matrix().dot(x);
    const double loss = log_loss(slope, samples.labels[i]);
    rule_.advance();
    if constexpr (Rule::slots == 0) {
      learned_.step(rule_, slope * x.array());
    } else {
      gradient_ = slope * x.array();
      learned_.step(rule_, gradient_);
    }
    return loss;
  }

 private:
  Rule rule_;
  Learned<Rule, Eigen::ArrayXf> learned_;
  Eigen::ArrayXf gradient_;
};

template <class Rule>
class PlainSparse {
 public:
  PlainSparse(float rate, const Samples& samples) : rule_{rate} {
    learned_.start(Eigen::ArrayXf::Zero(samples.width));
    bias_.start(Eigen::ArrayXf::Zero(1));
  }
  double update(const Samples& samples, std::size_t i) {
    const auto& at = samples.indexes[i];
    const auto x = samples.rows.row(static_cast<Eigen::Index>(i)).transpose();
    float slope = bias_.weights(0);
    for (std::size_t j = 0; j < at.size(); ++j) slope += learned_.weights(at[j]) * x(static_cast<Eigen::Index>(j));
    const double loss = log_loss(slope, samples.labels[i]);
    rule_.advance();
    gradient_ = slope * x.array();
    learned_.step_at(rule_, at, gradient_);
    one_(0) = slope;
    bias_.step(rule_, one_);
    return loss;
  }

 private:
  Rule rule_;
  Learned<Rule, Eigen::ArrayXf> learned_;
  Learned<Rule, Eigen::ArrayXf> bias_;
  Eigen::ArrayXf gradient_;
  Eigen::ArrayXf one_ = Eigen::ArrayXf::Zero(1);
};

// relu between the layers. `first`: weight and bias of each layer, as the model has them.
template <class Rule>
class PlainMlp {
 public:
  PlainMlp(float rate, const std::vector<NamedTensor>& first) : rule_{rate} {
    for (std::size_t i = 0; i + 1 < first.size(); i += 2) add_layer(first[i], first[i + 1]);
  }
  double update(const Samples& samples, std::size_t i) {
    layers_[0].input = samples.rows.row(static_cast<Eigen::Index>(i)).transpose();
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      auto& layer = layers_[l];
      layer.sums.noalias() = layer.learned.weights.matrix() * layer.input;
      if (l + 1 < layers_.size()) layers_[l + 1].input.head(layer.sums.size()) = layer.sums.cwiseMax(0);
    }
    const double loss = log_loss(layers_.back().sums(0), samples.labels[i]);
    layers_.back().slopes = layers_.back().sums;
    for (std::size_t l = layers_.size() - 1; l > 0; --l) pass_down(layers_[l], layers_[l - 1]);
    rule_.advance();
    for (auto& layer : layers_) step(layer);
    return loss;
  }

 private:
  using Matrix = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  struct Layer {
    Learned<Rule, Matrix> learned;
    Matrix gradient;
    Eigen::VectorXf input;
    Eigen::VectorXf sums;
    Eigen::VectorXf slopes;
  };

  void add_layer(const NamedTensor& weight, const NamedTensor& bias) {
    const auto outputs = static_cast<Eigen::Index>(weight.shape[0]);
    const auto inputs = static_cast<Eigen::Index>(weight.shape[1]);
    Matrix weights(outputs, inputs + 1);
    for (Eigen::Index k = 0; k < outputs; ++k) {
      for (Eigen::Index j = 0; j < inputs; ++j) weights(k, j) = static_cast<float>(weight.values[static_cast<std::size_t>(k * inputs + j)]);
      weights(k, inputs) = static_cast<float>(bias.values[static_cast<std::size_t>(k)]);
    }
    auto& layer = layers_.emplace_back();
    layer.learned.start(weights);
    layer.input = Eigen::VectorXf::Ones(inputs + 1);
    layer.sums = layer.slopes = Eigen::VectorXf::Zero(outputs);
  }
  static void pass_down(const Layer& layer, Layer& below) {
    const auto width = below.sums.size();
    below.slopes.noalias() = layer.learned.weights.matrix().leftCols(width).transpose() * layer.slopes;
    below.slopes.array() *= (below.sums.array() > 0).template cast<float>();
  }
  void step(Layer& layer) {
    if constexpr (Rule::slots == 0) {
      layer.learned.weights.matrix().noalias() -= rule_.rate * layer.slopes * layer.input.transpose();
    } else {
      layer.gradient.matrix().noalias() = layer.slopes * layer.input.transpose();
      layer.learned.step(rule_, layer.gradient);
    }
  }

  Rule rule_;
  std::vector<Layer> layers_;
};

}  // namespace rekindle::bench
