// What a model's file says about itself: the records that it is for and how they are scaled, in the form that `export` writes.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "learner/learner.hpp"

namespace rekindle {

// {"task", "label", "features", "categorical", "classes"}. The features are the columns of the first layer's weights: the dense ones,
// then the one-hot values; hashed ones have no names.
[[nodiscard]] boost::json::object schema_json(const Learner& learner);

// {"scale", "count", "mean", "variance", ...}, by dense feature.
[[nodiscard]] boost::json::object preprocess_json(const Learner& learner);

template <class T>
boost::json::array array_of(const std::vector<T>& values) {
  boost::json::array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

}  // namespace rekindle
