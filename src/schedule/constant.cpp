#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch.optim.lr_scheduler.ConstantLR.
class Constant final : public LearningRateSchedule {
 public:
  Constant(double lr, double factor, double total_iters) : lr_(lr), factor_(factor), total_iters_(total_iters) {}
  double rate_at(double step) const noexcept override { return step < total_iters_ ? lr_ * factor_ : lr_; }

 private:
  double lr_;
  double factor_;
  double total_iters_;
};

}  // namespace

ScheduleRow constant_row() {
  return {"constant",
          "the same rate throughout, optionally scaled by `factor` at first",
          {base_rate_parameter(), real("factor", 1).at_least(0).means("multiplies lr for the first total_iters steps"),
           real("total_iters", 0).at_least(0).means("steps during which factor applies")},
          [](const Parameters& p, double lr) { return std::make_unique<Constant>(lr, p.real("factor"), p.real("total_iters")); }};
}

}  // namespace rekindle
