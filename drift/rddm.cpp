#include <cmath>
#include <limits>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct RddmOptions {
  double warning_level;
  double drift_level;
  double max_concept_size;
  std::size_t min_concept_size;
  std::uint64_t max_warnings;
  double min_instances;
};

// DDM that begins anew from the newest values: from where the warning began, or, when a concept grows too long, from the
// newest `min_concept_size`. Follows MOA: one alarm a drift, the new beginning is made at the value after it.
class Rddm final : public DriftDetector {
 public:
  explicit Rddm(const RddmOptions& options) : options_(options), values_(options.min_concept_size) {}

  DriftSignal observe(double value) override {
    if (renew_) begin_anew();
    if (values_.full() && warned_ == values_.size()) warned_ = 0;  // The warning's first value leaves.
    values_.push(static_cast<std::uint8_t>(value));
    if (warned_ != 0) ++warned_;
    add(value);
    ++seen_;
    if (n_ < options_.min_instances) return {};
    const double sum = p_ + deviation_;
    if (sum < p_min_ + s_min_) keep_minimum();
    pressure_ = s_min_ > 0 ? (sum - p_min_) / (options_.drift_level * s_min_) : 0;
    if (sum > p_min_ + options_.drift_level * s_min_) return drift(sum, /*by_warnings=*/false);
    if (sum > p_min_ + options_.warning_level * s_min_) return warning(sum);
    warned_ = 0;
    warned_since_ = never;
    if (n_ >= options_.max_concept_size) renew_ = true;
    return {};
  }
  [[nodiscard]] double pressure() const override { return pressure_; }
  void reset() override {
    values_.clear();
    n_ = p_ = deviation_ = at_min_n_ = pressure_ = 0;
    p_min_ = s_min_ = std::numeric_limits<double>::infinity();
    seen_ = warned_ = 0;
    warned_since_ = never;
    renew_ = fired_ = false;
  }
  void save(ByteWriter& out) const override {
    values_.save(out);
    for (const double number : {n_, p_, deviation_, p_min_, s_min_, at_min_n_, pressure_}) out.put(number);
    for (const auto number : {seen_, warned_, warned_since_}) out.put(number);
    out.put(renew_);
    out.put(fired_);
  }
  void load(ByteReader& in) override {
    values_.load(in);
    for (auto* number : {&n_, &p_, &deviation_, &p_min_, &s_min_, &at_min_n_, &pressure_}) in.get_into(*number);
    for (auto* number : {&seen_, &warned_, &warned_since_}) in.get_into(*number);
    renew_ = in.get<std::uint8_t>() != 0;
    fired_ = in.get<std::uint8_t>() != 0;
    if (warned_ > values_.size()) in.invalidate();
  }

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  void add(double value) {
    n_ += 1;
    p_ += (value - p_) / n_;
    deviation_ = std::sqrt(p_ * (1 - p_) / n_);
  }
  void keep_minimum() {
    p_min_ = p_;
    s_min_ = deviation_;
    at_min_n_ = n_;
  }
  [[nodiscard]] double recent() const { return mean_since({at_min_n_, p_min_}, {n_, p_}); }

  DriftSignal drift(double sum, bool by_warnings) {
    renew_ = fired_ = true;
    const DriftSignal signal = {DriftLevel::drift, sum, p_min_, recent()};
    if (warned_since_ == never || by_warnings) {
      values_.keep_newest(1);
      warned_ = 0;
      warned_since_ = never;
    }
    return signal;
  }

  DriftSignal warning(double sum) {
    if (warned_since_ != never && warned_since_ + options_.max_warnings <= seen_) return drift(sum, /*by_warnings=*/true);
    if (warned_since_ == never) {
      warned_since_ = seen_;
      warned_ = 1;
    }
    return {DriftLevel::warning, sum, p_min_, recent()};
  }

  // The statistics again, from the values that belong to the new concept.
  void begin_anew() {
    if (warned_ != 0) values_.keep_newest(warned_);
    n_ = p_ = deviation_ = 0;
    at_min_n_ = 0;  // A minimum that stays is of values that are forgotten: all that are kept count as after it.
    if (fired_) p_min_ = s_min_ = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      add(values_[i]);
      // MOA looks one value later here than in `observe`.
      if (fired_ && n_ > options_.min_instances && p_ + deviation_ < p_min_ + s_min_) keep_minimum();
    }
    warned_ = 0;
    warned_since_ = never;
    renew_ = fired_ = false;
  }

  RddmOptions options_;
  Ring<std::uint8_t> values_;
  double n_ = 0;
  double p_ = 0;
  double deviation_ = 0;
  double p_min_ = std::numeric_limits<double>::infinity();
  double s_min_ = std::numeric_limits<double>::infinity();
  double at_min_n_ = 0;
  double pressure_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t warned_ = 0;            // Values since the warning began, it included; 0: none, or its first value has left.
  std::uint64_t warned_since_ = never;  // `seen_` when the warning began.
  bool renew_ = false;
  bool fired_ = false;
};

}  // namespace

DetectorRow rddm_row() {
  return {"rddm",
          "DDM that forgets the far past and too long warnings (Barros and others 2017)",
          {real("warning_level", 1.773).above(0).means("deviations above the lowest for a warning"),
           real("drift_level", 2.258).above(0).means("deviations above the lowest for a drift"),
           integer("max_concept_size", 40000).at_least(1).means("values after which the far past is forgotten"),
           integer("min_concept_size", 7000).at_least(1).at_most(10'000'000).means("values that are then kept"),
           integer("max_num_instances_warning", 1400).at_least(1).means("values of warning that make a drift"),
           integer("min_num_instances", 129).at_least(1).means("values before the first look")},
          {DetectorInput::zero_one, [](const Parameters& p) {
             return std::make_unique<Rddm>(RddmOptions{
                 p.real("warning_level"), p.real("drift_level"), static_cast<double>(p.integer("max_concept_size")),
                 static_cast<std::size_t>(p.integer("min_concept_size")),
                 static_cast<std::uint64_t>(p.integer("max_num_instances_warning")), static_cast<double>(p.integer("min_num_instances"))});
           }}};
}

}  // namespace rekindle
