#include "cluster/step_length.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle::cluster {

void StepLength::observe(std::span<const double> mean, double fresh) {
  if (lengths_.empty() || last_.size() != mean.size()) return;
  struct Products {
    double both = 0;
    double mean = 0;
    double last = 0;
  };
  std::vector<Products> products(lengths_.size());
  for (std::size_t i = 0; i < mean.size(); ++i) {
    auto& one = products[part_of(i, mean.size())];
    one.both += mean[i] * last_[i];
    one.mean += mean[i] * mean[i];
    one.last += last_[i] * last_[i];
  }
  for (std::size_t part = 0; part < lengths_.size(); ++part) {
    const auto& one = products[part];
    const double cosine = one.both / std::sqrt(one.mean * one.last);
    const double weight = cosine < 0 ? 1 : fresh;
    if (std::isfinite(cosine)) lengths_[part] = std::clamp(lengths_[part] + weight * pace * cosine, 0.0, highest);
  }
}

}  // namespace rekindle::cluster
