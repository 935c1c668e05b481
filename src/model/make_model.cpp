#include "model/make_model.hpp"

#include <fmt/format.h>

#include "model/linear.hpp"
#include "model/mlp.hpp"

namespace rekindle {

std::string to_string(ModelKind kind) { return kind == ModelKind::mlp ? "mlp" : "linear"; }

std::vector<std::string> layer_names(const ModelSpec& spec) {
  std::vector<std::string> names;
  for (std::size_t i = 0; spec.kind == ModelKind::mlp && i < spec.hidden.size(); ++i) names.push_back(fmt::format("hidden.{}", i));
  names.emplace_back("output");
  return names;
}

std::uint64_t parameter_count(const ModelSpec& spec, std::size_t inputs, std::size_t outputs) {
  std::uint64_t count = 0;
  std::uint64_t width = inputs;
  for (std::size_t i = 0; spec.kind == ModelKind::mlp && i < spec.hidden.size(); ++i) {
    count += spec.hidden[i] * (width + 1);
    width = spec.hidden[i];
  }
  return count + outputs * (width + 1);
}

template <class Real>
std::unique_ptr<Model<Real>> make_model(const ModelSpec& spec, const InputShape& inputs, std::size_t outputs) {
  if (spec.kind == ModelKind::mlp) return std::make_unique<MlpModel<Real>>(spec, inputs, outputs);
  return std::make_unique<LinearModel<Real>>(inputs, outputs, spec.rounding);
}

template std::unique_ptr<Model<float>> make_model(const ModelSpec&, const InputShape&, std::size_t);
template std::unique_ptr<Model<double>> make_model(const ModelSpec&, const InputShape&, std::size_t);

}  // namespace rekindle
