#include <algorithm>
#include <limits>
#include <vector>

#include "schedule/cycles.hpp"
#include "schedule/parts.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch ChainedScheduler: lr times every part's own factor, lr * Π(rate_i / lr).
class Product final : public LearningRateSchedule {
 public:
  Product(double lr, std::vector<SchedulePointer> parts) : lr_(lr), parts_(std::move(parts)) {}

  double rate_at(double step) const noexcept override {
    if (lr_ == 0) return 0;
    double rate = lr_;
    for (const auto& part : parts_) rate = scaled(rate, part->rate_at(step) / lr_);
    return rate;
  }
  // The first part's that has one.
  std::optional<double> momentum_at(double step) const noexcept override {
    for (const auto& part : parts_) {
      if (const auto momentum = part->momentum_at(step)) return momentum;
    }
    return std::nullopt;
  }
  bool has_momentum() const noexcept override {
    return std::ranges::any_of(parts_, [](const auto& part) { return part->has_momentum(); });
  }
  // The furthest part's.
  double cycle_at(double step) const noexcept override {
    double cycle = 0;
    for (const auto& part : parts_) cycle = std::max(cycle, part->cycle_at(step));
    return cycle;
  }

 private:
  double lr_;
  std::vector<SchedulePointer> parts_;
};

// Another base rate inside would no longer cancel: at any depth it is a mistake.
void refuse_rates(const Table& part, const std::string& key, Diagnostics& diagnostics) {
  for (const auto& entry : part.entries()) {
    const auto inner = key + "." + entry.key;
    if (entry.key == "lr") diagnostics.error(entry.key_place, inner, "the parts of a product may not name lr");
    if (const auto* table = entry.value.table()) refuse_rates(*table, inner, diagnostics);
    if (const auto* array = entry.value.array()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        if (const auto* table = (*array)[i].table()) refuse_rates(*table, fmt::format("{}[{}]", inner, i), diagnostics);
      }
    }
  }
}

void check_factors(Parameters& p, const std::string& prefix, Diagnostics& diagnostics) {
  const auto& parts = *p.find("schedules")->array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    refuse_rates(*parts[i].table(), fmt::format("{}.schedules[{}]", prefix, i), diagnostics);
  }
  check_parts(p, prefix, diagnostics);
}

std::string product_conflict(const Parameters& p) { return p.find("schedules")->array()->empty() ? "schedules must not be empty" : ""; }

}  // namespace

ScheduleRow product_row() {
  return {"product",
          "lr times the factors of several schedules",
          {base_rate_parameter(), of_kind("schedules", ParameterKind::tables).required().means("the factors; they may not name lr")},
          [](const Parameters& p, double lr) { return std::make_unique<Product>(lr, make_parts(p, lr)); },
          product_conflict,
          check_factors};
}

}  // namespace rekindle
