#include <algorithm>
#include <vector>

#include "schedule/keys.hpp"
#include "schedule/parts.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch SequentialLR, optax join_schedules: part i begins at milestone i-1, at its own step 0.
class Sequence final : public LearningRateSchedule {
 public:
  Sequence(std::vector<SchedulePointer> parts, std::vector<double> milestones)
      : parts_(std::move(parts)), milestones_(std::move(milestones)) {}

  double rate_at(double step) const noexcept override {
    const auto i = part_at(step);
    return parts_[i]->rate_at(since_start(i, step));
  }
  std::optional<double> momentum_at(double step) const noexcept override {
    const auto i = part_at(step);
    return parts_[i]->momentum_at(since_start(i, step));
  }
  bool has_momentum() const noexcept override {
    return std::ranges::any_of(parts_, [](const auto& part) { return part->has_momentum(); });
  }
  double cycle_at(double step) const noexcept override {
    const auto i = part_at(step);
    return parts_[i]->cycle_at(since_start(i, step));
  }

 private:
  std::size_t part_at(double step) const noexcept {
    return static_cast<std::size_t>(std::ranges::upper_bound(milestones_, step) - milestones_.begin());
  }
  double since_start(std::size_t part, double step) const noexcept { return part == 0 ? step : step - milestones_[part - 1]; }
  std::vector<SchedulePointer> parts_;
  std::vector<double> milestones_;
};

std::string sequence_conflict(const Parameters& p) {
  const auto parts = p.find("schedules")->array()->size();
  const auto milestones = p.reals("milestones");
  if (parts != milestones.size() + 1) {
    return fmt::format("schedules must be one more than milestones, got {} and {}", parts, milestones.size());
  }
  return not_increasing("milestones", milestones);
}

}  // namespace

ScheduleRow sequence_row() {
  return {
      "sequence",
      "one schedule after another, each from its own step 0",
      {base_rate_parameter(), of_kind("schedules", ParameterKind::tables).required().means("the parts; they inherit lr"),
       of_kind("milestones", ParameterKind::reals).required().above(0).means("steps at which the next part begins; one less, increasing")},
      [](const Parameters& p, double lr) { return std::make_unique<Sequence>(make_parts(p, lr), p.reals("milestones")); },
      sequence_conflict,
      check_parts};
}

}  // namespace rekindle
