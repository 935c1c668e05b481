#include <algorithm>
#include <cmath>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct FhddmOptions {
  std::size_t window;
  double confidence;
  std::size_t short_window;  // 0: none.
};

// Share of correct predictions among the newest values, against its highest so far. Follows River, which takes 1 for a
// correct prediction: `observe` turns our 1 for an error around. Only full windows are looked at, the short one too.
class Fhddm final : public DriftDetector {
 public:
  explicit Fhddm(const FhddmOptions& options)
      : short_window_(options.short_window),
        size_(static_cast<double>(options.window)),
        short_size_(static_cast<double>(options.short_window)),
        allowed_(std::sqrt(std::log(1 / options.confidence) / (2 * size_))),
        short_allowed_(short_window_ == 0 ? 1 : std::sqrt(std::log(1 / options.confidence) / (2 * short_size_))),
        values_(options.window) {}

  DriftSignal observe(double value) override {
    if (fired_) reset();
    const auto correct = static_cast<std::uint8_t>(value == 0 ? 1 : 0);
    const bool moves = short_window_ != 0 && values_.size() >= short_window_;
    if (moves) in_short_ -= values_[values_.size() - short_window_];
    in_short_ += correct;
    in_window_ += correct;
    in_window_ -= values_.push(correct);
    if (!values_.full()) return {};
    const double share = in_window_ / size_;
    best_ = std::max(best_, share);
    const double fall = best_ - share;
    fired_ = fall > allowed_;
    pressure_ = fall / allowed_;
    if (short_window_ != 0) {
      const double short_share = in_short_ / short_size_;
      best_short_ = std::max(best_short_, short_share);
      fired_ = fired_ || best_short_ - short_share > short_allowed_;
      pressure_ = std::max(pressure_, (best_short_ - short_share) / short_allowed_);
      if (fired_ && fall <= allowed_) return {DriftLevel::drift, best_short_ - short_share, 1 - best_short_, 1 - short_share};
    }
    if (!fired_) return {};
    return {DriftLevel::drift, fall, 1 - best_, 1 - share};
  }
  [[nodiscard]] double pressure() const override { return pressure_; }
  void reset() override {
    values_.clear();
    in_window_ = in_short_ = best_ = best_short_ = pressure_ = 0;
    fired_ = false;
  }
  void save(ByteWriter& out) const override {
    values_.save(out);
    for (const double number : {in_window_, in_short_, best_, best_short_, pressure_}) out.put(number);
    out.put(fired_);
  }
  void load(ByteReader& in) override {
    values_.load(in);
    for (auto* number : {&in_window_, &in_short_, &best_, &best_short_, &pressure_}) in.get_into(*number);
    fired_ = in.get<std::uint8_t>() != 0;
  }

 private:
  std::size_t short_window_;
  double size_;
  double short_size_;
  double allowed_;
  double short_allowed_;
  Ring<std::uint8_t> values_;
  double in_window_ = 0;
  double in_short_ = 0;
  double best_ = 0;
  double best_short_ = 0;
  double pressure_ = 0;
  bool fired_ = false;
};

// "none", or a number of values.
std::string conflict(const Parameters& p) {
  const auto& given = *p.find("short_window_size");
  if (given.string() != nullptr && *given.string() == "none") return "";
  const auto* size = given.integer();
  if (size == nullptr || *size < 1 || *size > p.integer("sliding_window_size"))
    return "short_window_size must be \"none\" or from 1 to sliding_window_size, got " + given.text();
  return "";
}

}  // namespace

DetectorRow fhddm_row() {
  return {
      "fhddm",
      "share of correct predictions in a window against its best, by Hoeffding's bound (Pesaranghader and Viktor 2016)",
      {integer("sliding_window_size", 100).at_least(1).at_most(10'000'000).means("values in the window"),
       real("confidence_level", 1e-6).above(0).below(1).means("error probability of a drift"),
       of_kind("short_window_size", ParameterKind::any).or_else(std::string("none")).means("values in a second window, or \"none\"")},
      {DetectorInput::zero_one,
       [](const Parameters& p) {
         const auto* short_window = p.find("short_window_size")->integer();
         return std::make_unique<Fhddm>(FhddmOptions{static_cast<std::size_t>(p.integer("sliding_window_size")), p.real("confidence_level"),
                                                     short_window == nullptr ? 0 : static_cast<std::size_t>(*short_window)});
       }},
      conflict};
}

}  // namespace rekindle
