#include <algorithm>
#include <vector>

#include "schedule/keys.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// optax piecewise_constant_schedule with the values themselves: the rate changes AT a boundary (Keras'
// PiecewiseConstantDecay changes one step after it).
class Piecewise final : public LearningRateSchedule {
 public:
  Piecewise(std::vector<double> boundaries, std::vector<double> values) : boundaries_(std::move(boundaries)), values_(std::move(values)) {}
  double rate_at(double step) const noexcept override {
    const auto passed = std::ranges::upper_bound(boundaries_, step) - boundaries_.begin();
    return values_[static_cast<std::size_t>(passed)];
  }

 private:
  std::vector<double> boundaries_;
  std::vector<double> values_;
};

std::string piecewise_conflict(const Parameters& p) {
  const auto boundaries = p.reals("boundaries");
  const auto values = p.reals("values");
  if (values.size() != boundaries.size() + 1) {
    return fmt::format("values must be one more than boundaries, got {} and {}", values.size(), boundaries.size());
  }
  return not_increasing("boundaries", boundaries);
}

}  // namespace

ScheduleRow piecewise_row() {
  return {"piecewise",
          "the given values, changing at the given boundaries",
          {of_kind("boundaries", ParameterKind::reals).required().at_least(0).means("steps at which the next value begins, increasing"),
           of_kind("values", ParameterKind::reals).required().at_least(0).means("rates; one more than boundaries")},
          [](const Parameters& p, double /*lr*/) { return std::make_unique<Piecewise>(p.reals("boundaries"), p.reals("values")); },
          piecewise_conflict};
}

}  // namespace rekindle
