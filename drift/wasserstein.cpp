#include <cmath>

#include "drift/against_reference.hpp"
#include "drift/rows.hpp"
#include "drift/two_sample.hpp"

namespace rekindle {

namespace {

struct WassersteinOptions {
  std::size_t reference;
  std::size_t window;
  double threshold;
};

// Earth mover's distance in standard deviations of the reference; of a constant reference, in the feature's own unit, and
// any distance is then a drift.
class Wasserstein final : public AgainstReference {
 public:
  explicit Wasserstein(const WassersteinOptions& options)
      : AgainstReference(options.reference, options.window), threshold_(options.threshold), newest_(options.window + 1) {}

 private:
  void begin() override {
    newest_.clear();
    double mean = 0;
    double squares = 0;
    double n = 0;
    for (const double value : reference()) {
      n += 1;
      const double delta = value - mean;
      mean += delta / n;
      squares += delta * (value - mean);
    }
    spread_ = std::sqrt(squares / n);
  }
  void enter(double value) override { newest_.insert(value); }
  void leave(double value) override { newest_.erase(value); }
  [[nodiscard]] Verdict look() override {
    const double distance = wasserstein(reference(), newest_.values());
    if (spread_ <= 0) return {distance, distance > 0 ? 1.0 : 0.0, distance > 0};
    const double statistic = distance / spread_;
    return {statistic, statistic / threshold_, statistic > threshold_};
  }

  double threshold_;
  double spread_ = 0;
  SortedValues newest_;
};

}  // namespace

DetectorRow wasserstein_row() {
  return {"wasserstein",
          "earth mover's distance of the newest values from the first",
          reference_parameters({real("threshold", 0.5).above(0).means("distance above which it fires, in reference standard deviations")}),
          {DetectorInput::feature, [](const Parameters& p) {
             return std::make_unique<Wasserstein>(WassersteinOptions{static_cast<std::size_t>(p.integer("reference")),
                                                                     static_cast<std::size_t>(p.integer("window")), p.real("threshold")});
           }}};
}

}  // namespace rekindle
