// IgnorantLoss: the loss of a model that knows nothing, whose raw scores are all 0.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "data/schema.hpp"
#include "model/loss.hpp"

namespace rekindle {

class IgnorantLoss {
 public:
  void resize(std::size_t outputs) {
    scores_.resize(outputs, 0);
    slopes_.resize(outputs, 0);
    by_class_.clear();
  }

  // A class has but one, which is looked up.
  [[nodiscard]] double of(const Loss& loss, Task task, double target) {
    if (task == Task::regression) return loss.evaluate(scores_, target, slopes_);
    const auto label = static_cast<std::size_t>(target);
    if (label >= by_class_.size()) by_class_.resize(label + 1);
    auto& known = by_class_[label];
    if (!known) known = loss.evaluate(scores_, target, slopes_);
    return *known;
  }

 private:
  std::vector<double> scores_;
  std::vector<double> slopes_;
  std::vector<std::optional<double>> by_class_;
};

}  // namespace rekindle
