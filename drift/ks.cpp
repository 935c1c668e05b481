#include <numeric>

#include "drift/against_reference.hpp"
#include "drift/rows.hpp"
#include "drift/two_sample.hpp"

namespace rekindle {

namespace {

struct KsOptions {
  std::size_t reference;
  std::size_t window;
  double alpha;
};

// Two-sample Kolmogorov-Smirnov test.
class Ks final : public AgainstReference {
 public:
  explicit Ks(const KsOptions& options)
      : AgainstReference(options.reference, options.window),
        reference_size_(static_cast<std::int64_t>(options.reference)),
        window_size_(static_cast<std::int64_t>(options.window)),
        alpha_(options.alpha),
        newest_(options.window + 1) {}

 private:
  void begin() override { newest_.clear(); }
  void enter(double value) override { newest_.insert(value); }
  void leave(double value) override { newest_.erase(value); }
  [[nodiscard]] Verdict look() override {
    // At the first look only: it takes milliseconds, which a detector that is never fed should not cost.
    if (critical_ == 0) critical_ = kolmogorov_smirnov_critical(reference_size_, window_size_, alpha_);
    const auto distance = kolmogorov_smirnov(reference(), newest_.values());
    const auto unit = static_cast<double>(std::lcm(reference_size_, window_size_));
    return {static_cast<double>(distance) / unit, static_cast<double>(distance) / static_cast<double>(critical_), distance >= critical_};
  }

  std::int64_t reference_size_;
  std::int64_t window_size_;
  double alpha_;
  std::int64_t critical_ = 0;
  SortedValues newest_;
};

}  // namespace

DetectorRow ks_row() {
  return {"ks",
          "two-sample Kolmogorov-Smirnov test of the newest values against the first",
          reference_parameters({real("alpha", 1e-4).above(0).below(1).means("significance of a drift")}),
          {DetectorInput::feature, [](const Parameters& p) {
             return std::make_unique<Ks>(KsOptions{static_cast<std::size_t>(p.integer("reference")),
                                                   static_cast<std::size_t>(p.integer("window")), p.real("alpha")});
           }}};
}

}  // namespace rekindle
