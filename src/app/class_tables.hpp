// ClassTables: which class was taken for which, and how often a probability came true; of a whole stream, in bounded memory.
#pragma once

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "data/prediction.hpp"
#include "data/schema.hpp"

namespace rekindle {

class ClassTables {
 public:
  explicit ClassTables(Task task) : task_(task) {}

  // `target` is the index of the class; `prediction` was made before it was known.
  void observe(const Prediction& prediction, double target);

  // {"classes": [names], "counts": [[predicted as ...] for each class]}; classes beyond `most_classes` count as one, "(others)".
  [[nodiscard]] boost::json::object confusion_json(const std::vector<std::string>& names) const;
  // [{"low", "high", "count", "mean", "share"}]: bins of the probability of class 1 (of a binary task) or of the class that was
  // named, with how often that class it was.
  [[nodiscard]] boost::json::array calibration_json() const;

  static constexpr std::size_t most_classes = 64;

 private:
  struct Bin {
    std::uint64_t count = 0;
    std::uint64_t right = 0;
    double sum = 0;
  };
  void grow(std::size_t classes);
  void calibrate(const Prediction& prediction, std::size_t target);

  Task task_;
  std::size_t classes_ = 0;
  std::vector<std::uint64_t> counts_;  // Row: the class; column: what it was taken for.
  std::array<Bin, 10> bins_{};
};

}  // namespace rekindle
