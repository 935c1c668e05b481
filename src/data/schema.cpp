#include "data/schema.hpp"

namespace rekindle {

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
