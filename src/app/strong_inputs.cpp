#include "app/strong_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace rekindle {

namespace {

constexpr std::size_t few_outputs = 12;

struct Row {
  std::size_t input;
  double norm;
};

double norm_of(const NamedTensor& tensor, std::size_t input) {
  double squares = 0;
  for (std::size_t k = 0; k < tensor.shape[0]; ++k) {
    const double value = tensor.values[k * tensor.shape[1] + input];
    squares += value * value;
  }
  return std::sqrt(squares);
}

}  // namespace

StrongInputs strong_inputs(const std::vector<NamedTensor>& tensors, std::vector<std::string> names, std::size_t most) {
  StrongInputs out;
  if (tensors.empty() || tensors.front().shape.size() != 2) return out;
  const auto& first = tensors.front();
  const auto inputs = first.shape[1];
  names.resize(std::min(names.size(), inputs));  // Hashed coordinates have none.
  out.tensor = first.name;
  out.outputs = first.shape[0];
  out.named = names.size();
  out.unnamed = inputs - names.size();
  std::vector<Row> rows;
  for (std::size_t j = 0; j < names.size(); ++j) rows.push_back({j, norm_of(first, j)});
  std::ranges::stable_sort(rows, std::greater<>(), &Row::norm);
  rows.resize(std::min(rows.size(), most));
  for (const auto& row : rows) {
    InputWeight one{std::move(names[row.input]), row.norm, {}};
    for (std::size_t k = 0; k < out.outputs && out.outputs <= few_outputs; ++k) one.weights.push_back(first.values[k * inputs + row.input]);
    out.top.push_back(std::move(one));
  }
  return out;
}

}  // namespace rekindle
