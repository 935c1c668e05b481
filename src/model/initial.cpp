#include "model/initial.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/suggest.hpp"

namespace rekindle {

namespace {

using Shape = std::vector<std::optional<std::size_t>>;

struct Expected {
  std::string name;
  Shape shape;
};

std::vector<Expected> expected_tensors(const ModelSpec& model, std::optional<std::size_t> inputs, std::optional<std::size_t> outputs) {
  std::vector<Expected> out;
  const auto names = layer_names(model);
  auto width = inputs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto units = i + 1 == names.size() ? outputs : std::optional(model.hidden[i]);
    out.push_back({names[i] + ".weight", {units, width}});
    out.push_back({names[i] + ".bias", {units}});
    width = units;
  }
  return out;
}

bool fits(const std::vector<std::size_t>& shape, const Shape& wanted) {
  return std::ranges::equal(shape, wanted, [](std::size_t one, const auto& other) { return !other || one == *other; });
}

std::string text_of(const Shape& shape) {
  std::vector<std::string> parts;
  for (const auto& one : shape) parts.push_back(one ? fmt::format("{}", *one) : "any");
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

bool is_there(std::span<const NamedTensor> tensors, const std::string& name) {
  return std::ranges::find(tensors, name, &NamedTensor::name) != tensors.end();
}

}  // namespace

std::vector<std::string> mistakes_in_initial(std::span<const NamedTensor> tensors, const ModelSpec& model,
                                             std::optional<std::size_t> inputs, std::optional<std::size_t> outputs) {
  const auto wanted = expected_tensors(model, inputs, outputs);
  std::vector<std::string> names;
  for (const auto& one : wanted) names.push_back(one.name);
  std::vector<std::string> mistakes;
  for (const auto& tensor : tensors) {
    const auto at = std::ranges::find(wanted, tensor.name, &Expected::name);
    if (at == wanted.end()) {
      mistakes.push_back(fmt::format("{}: this model has no such weights{} (it has {})", tensor.name, did_you_mean(tensor.name, names),
                                     fmt::join(names, ", ")));
    } else if (!fits(tensor.shape, at->shape)) {
      mistakes.push_back(
          fmt::format("{}: has the shape [{}], the model wants {}", tensor.name, fmt::join(tensor.shape, ", "), text_of(at->shape)));
    } else if (!std::ranges::all_of(tensor.values, [](double value) { return std::isfinite(value); })) {
      mistakes.push_back(fmt::format("{}: not all of its values are finite", tensor.name));
    }
  }
  for (auto weight = wanted.begin(); weight != wanted.end(); weight += 2) {
    const auto bias = weight + 1;
    const bool has_weight = is_there(tensors, weight->name);
    if (has_weight == is_there(tensors, bias->name)) continue;
    const auto [absent, there] = has_weight ? std::pair(bias, weight) : std::pair(weight, bias);
    mistakes.push_back(fmt::format("{}: is missing beside {}", absent->name, there->name));
  }
  return mistakes;
}

}  // namespace rekindle
