#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/imported_model.hpp"
#include "app/json_members.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

// scikit-learn's attributes end in an underscore; whoever writes them down may leave it out.
const char* spelt(const json::object& object, const char* with, const char* without) { return object.contains(with) ? with : without; }

// A name may be a number: a class of scikit-learn.
std::vector<std::string> names_in(JsonMembers& members, const char* name) {
  std::vector<std::string> out;
  const auto* value = members.find(name);
  if (value == nullptr) return out;
  if (!value->is_array()) return members.note(name, "a list of names"), out;
  for (const auto& element : value->get_array()) {
    double number = 0;
    if (!JsonMembers::take(element, out.emplace_back()) && JsonMembers::take(element, number)) out.back() = fmt::format("{}", number);
    if (out.back().empty()) members.note(name, "a list of names");
  }
  return out;
}

// One number, or a list of them.
std::vector<double> numbers_in(JsonMembers& members, const char* name) {
  const auto* value = members.find(name);
  if (value != nullptr && !value->is_array()) return {members.one<double>(name, "a number")};
  return members.numbers(name);
}

// One row, or a list of rows of the same length; flat.
std::vector<double> rows_in(JsonMembers& members, const char* name, std::size_t& columns) {
  const auto* value = members.find(name);
  const auto* rows = value == nullptr ? nullptr : value->if_array();
  if (rows == nullptr || rows->empty()) return members.note(name, "a list of numbers, or a list of such lists"), std::vector<double>();
  if (!rows->front().is_array()) {
    auto one = members.numbers(name);
    columns = one.size();
    return one;
  }
  std::vector<double> out;
  columns = rows->front().get_array().size();
  for (const auto& row : *rows) {
    if (!row.is_array() || row.get_array().size() != columns) return members.note(name, "rows of the same length"), out;
    for (const auto& one : row.get_array()) {
      if (!JsonMembers::take(one, out.emplace_back())) members.note(name, "numbers");
    }
  }
  return out;
}

void take_tensors(JsonMembers& members, std::vector<double> weights, std::size_t columns, std::vector<double> bias, ImportedModel& out) {
  const std::size_t rows = columns == 0 ? 0 : weights.size() / columns;
  if (bias.empty()) bias.assign(rows, 0);
  if (bias.size() == 1) bias.resize(rows, bias.front());
  if (bias.size() != rows) members.note("intercept", "a number for each row of the coefficients");
  out.tensors = {{"output.weight", {rows, columns}, std::move(weights)}, {"output.bias", {rows}, std::move(bias)}};
}

Result<ImportedModel> scikit_learn(const json::object& object) {
  JsonMembers members(object, "");
  ImportedModel out;
  std::size_t columns = 0;
  auto weights = rows_in(members, spelt(object, "coef_", "coef"), columns);
  take_tensors(members, std::move(weights), columns, numbers_in(members, spelt(object, "intercept_", "intercept")), out);
  out.classes = names_in(members, spelt(object, "classes_", "classes"));
  out.features = names_in(members, spelt(object, "feature_names_in_", object.contains("features") ? "features" : "feature_names_in"));
  auto& scaling = out.scaling;
  scaling.mean = members.numbers(spelt(object, "mean_", "mean"));
  scaling.variance = members.numbers(spelt(object, "var_", "var"));
  scaling.count = numbers_in(members, spelt(object, "n_samples_seen_", "n_samples_seen"));
  if (scaling.count.size() == 1) scaling.count.assign(scaling.mean.size(), scaling.count.front());
  if (!scaling.mean.empty()) out.scale = "standard";
  if (!out.features.empty() && out.features.size() != columns) members.note("feature_names_in_", "a name for each coefficient");
  for (const auto* values : {&scaling.mean, &scaling.variance, &scaling.count}) {
    if (values->size() != (scaling.mean.empty() ? 0 : columns))
      members.note("mean_, var_, n_samples_seen_", "a number for each coefficient");
  }
  if (!members.status()) return tl::unexpected(members.status().error());
  return out;
}

// {feature: number} in the order of `features`; one that is not there has none yet.
std::vector<double> by_feature(JsonMembers& members, const char* name, const std::vector<std::string>& features) {
  std::vector<double> out;
  const auto* value = members.find(name);
  if (value == nullptr) return out;
  if (!value->is_object()) return members.note(name, "an object of numbers by feature"), out;
  for (const auto& feature : features) {
    const auto* one = value->get_object().if_contains(feature);
    out.push_back(0);
    if (one != nullptr && !JsonMembers::take(*one, out.back())) members.note(name, "an object of numbers by feature");
  }
  return out;
}

Result<ImportedModel> river(const json::object& object) {
  JsonMembers members(object, "");
  ImportedModel out;
  for (const auto& [feature, weight] : object.at("weights").get_object()) out.features.emplace_back(feature);
  const auto columns = out.features.size();
  take_tensors(members, by_feature(members, "weights", out.features), columns, numbers_in(members, "intercept"), out);
  out.scaling.mean = by_feature(members, "means", out.features);
  out.scaling.variance = by_feature(members, "vars", out.features);
  out.scaling.count = by_feature(members, "counts", out.features);
  if (!out.scaling.mean.empty()) out.scale = "standard";
  if (out.scaling.mean.size() != out.scaling.variance.size() || out.scaling.mean.size() != out.scaling.count.size())
    members.note("means, vars, counts", "all three or none");
  if (columns == 0) members.note("weights", "a weight for each feature");
  if (!members.status()) return tl::unexpected(members.status().error());
  return out;
}

bool is_river(const json::object& object) {
  const auto* weights = object.if_contains("weights");
  return weights != nullptr && weights->is_object();
}

}  // namespace

bool are_coefficients(const json::object& object) {
  return !object.contains("layers") && (object.contains("coef_") || object.contains("coef") || is_river(object));
}

Result<ImportedModel> read_coefficients(const json::object& object) { return is_river(object) ? river(object) : scikit_learn(object); }

}  // namespace rekindle
