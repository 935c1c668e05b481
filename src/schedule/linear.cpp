#include <algorithm>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch LinearLR.
class Linear final : public LearningRateSchedule {
 public:
  Linear(double lr, double total, double start, double end) : lr_(lr), total_(total), start_(start), end_(end) {}
  double rate_at(double step) const noexcept override { return scaled(lr_, start_ + (end_ - start_) * std::min(step / total_, 1.0)); }

 private:
  double lr_;
  double total_;
  double start_;
  double end_;
};

}  // namespace

ScheduleRow linear_row() {
  return {"linear",
          "from lr * start_factor to lr * end_factor in a straight line",
          {base_rate_parameter(), real("total_iters").required().above(0).means("steps until end_factor"),
           real("start_factor", 1.0 / 3).at_least(0).means("multiplies lr at first"),
           real("end_factor", 1).at_least(0).means("multiplies lr at the end and after it")},
          [](const Parameters& p, double lr) {
            return std::make_unique<Linear>(lr, p.real("total_iters"), p.real("start_factor"), p.real("end_factor"));
          }};
}

}  // namespace rekindle
