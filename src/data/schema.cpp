#include "data/schema.hpp"

#include <algorithm>

namespace rekindle {

MissingPolicy Schema::missing_policy(std::string_view field) const {
  if (missing_of.empty()) return missing;
  auto at = missing_of.find(field);
  if (at == missing_of.end() && field.ends_with(']')) at = missing_of.find(field.substr(0, field.rfind('[')));
  return at == missing_of.end() ? missing : at->second;
}

bool Schema::needs_means() const {
  return missing == MissingPolicy::mean ||
         std::ranges::any_of(missing_of, [](const auto& one) { return one.second == MissingPolicy::mean; });
}

std::string to_string(Task task) {
  switch (task) {
    case Task::regression: return "regression";
    case Task::binary: return "binary";
    case Task::multiclass: return "multiclass";
  }
  return "";
}

std::string to_string(MissingPolicy policy) {
  switch (policy) {
    case MissingPolicy::reject: return "reject";
    case MissingPolicy::zero: return "zero";
    case MissingPolicy::mean: return "mean";
  }
  return "";
}

}  // namespace rekindle
