#include "learner/incumbent.hpp"

#include <cmath>

namespace rekindle {

namespace {
constexpr double largest_square = 1e280;
}

void IncumbentScores::observe(const Label& said, double target, const ClassTable& classes) {
  if (said.kind == Label::Kind::absent) return;
  if (task_ != Task::regression) return observe_class(said, static_cast<std::size_t>(target), classes);
  if (said.kind != Label::Kind::number) return;
  const double residual = said.number - target;
  if (!(residual * residual < largest_square)) return;
  ++count_;
  squared_ += residual * residual;
  absolute_ += std::abs(residual);
}

void IncumbentScores::observe_class(const Label& said, std::size_t target, const ClassTable& classes) {
  auto named = classes.known(said);
  const bool may_be_probability = !named && task_ == Task::binary && said.kind == Label::Kind::number;
  if (may_be_probability) {
    if (!(said.number >= 0 && said.number <= 1)) return;
    named = said.number >= 0.5 ? 1 : 0;
  }
  ++count_;
  // A class that no label had yet is not that of this one either.
  correct_ += named == target ? 1 : 0;
}

void IncumbentScores::append_to(NamedMetrics& out) const {
  const auto n = static_cast<double>(count_);
  const auto mean = [&](double sum) { return count_ == 0 ? std::nullopt : std::optional(sum / n); };
  out.emplace_back("incumbent_samples", n);
  if (task_ != Task::regression) {
    out.emplace_back("incumbent_accuracy", mean(static_cast<double>(correct_)));
    return;
  }
  out.emplace_back("incumbent_rmse", count_ == 0 ? std::nullopt : std::optional(std::sqrt(squared_ / n)));
  out.emplace_back("incumbent_mae", mean(absolute_));
}

void IncumbentScores::save(ByteWriter& out) const {
  out.put(count_);
  out.put(correct_);
  out.put(squared_);
  out.put(absolute_);
}

void IncumbentScores::load(ByteReader& in) {
  in.get_into(count_);
  in.get_into(correct_);
  in.get_into(squared_);
  in.get_into(absolute_);
}

}  // namespace rekindle
