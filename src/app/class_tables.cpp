#include "app/class_tables.hpp"

#include <algorithm>

namespace rekindle {

namespace json = boost::json;

void ClassTables::observe(const Prediction& prediction, double target) {
  const auto actual = static_cast<std::size_t>(target);
  const auto guess = static_cast<std::size_t>(prediction.value);
  const auto row = std::min(actual, most_classes);
  const auto column = std::min(guess, most_classes);
  if (const auto needed = std::max(row, column) + 1; needed > classes_) grow(needed);
  ++counts_[row * classes_ + column];
  calibrate(prediction, actual);
}

void ClassTables::grow(std::size_t classes) {
  std::vector<std::uint64_t> wider(classes * classes, 0);
  for (std::size_t row = 0; row < classes_; ++row) {
    for (std::size_t column = 0; column < classes_; ++column) wider[row * classes + column] = counts_[row * classes_ + column];
  }
  counts_ = std::move(wider);
  classes_ = classes;
}

void ClassTables::calibrate(const Prediction& prediction, std::size_t target) {
  const auto named = task_ == Task::binary ? 1 : static_cast<std::size_t>(prediction.value);
  if (named >= prediction.probabilities.size()) return;
  const double p = prediction.probabilities[named];
  if (!(p >= 0 && p <= 1)) return;
  auto& bin = bins_[std::min(static_cast<std::size_t>(p * static_cast<double>(bins_.size())), bins_.size() - 1)];
  ++bin.count;
  bin.right += target == named ? 1 : 0;
  bin.sum += p;
}

json::object ClassTables::confusion_json(const std::vector<std::string>& names) const {
  json::array classes;
  json::array counts;
  const auto all = std::max(classes_, std::min(names.size(), most_classes));
  for (std::size_t row = 0; row < all; ++row) {
    classes.emplace_back(row == most_classes ? "(others)" : row < names.size() ? names[row] : "");
    json::array cells;
    for (std::size_t column = 0; column < all; ++column) {
      cells.emplace_back(row < classes_ && column < classes_ ? counts_[row * classes_ + column] : 0);
    }
    counts.emplace_back(std::move(cells));
  }
  return {{"classes", std::move(classes)}, {"counts", std::move(counts)}};
}

json::array ClassTables::calibration_json() const {
  json::array out;
  const auto width = 1.0 / static_cast<double>(bins_.size());
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const auto& bin = bins_[i];
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    out.push_back(json::object{{"low", static_cast<double>(i) * width},
                               {"high", static_cast<double>(i + 1) * width},
                               {"count", bin.count},
                               {"mean", bin.sum / n},
                               {"share", static_cast<double>(bin.right) / n}});
  }
  return out;
}

}  // namespace rekindle
