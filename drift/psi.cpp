#include <cmath>
#include <limits>

#include "drift/against_reference.hpp"
#include "drift/rows.hpp"
#include "drift/two_sample.hpp"

namespace rekindle {

namespace {

struct PsiOptions {
  std::size_t reference;
  std::size_t window;
  std::size_t bins;
  double threshold;
};

// An edge that several quantiles share is a value that many have: it gets a bin of its own.
std::vector<double> with_atoms(const std::vector<double>& edges) {
  std::vector<double> out;
  for (const double edge : edges) {
    if (out.empty() || edge > out.back()) {
      out.push_back(edge);
    } else if (edge == out.back()) {
      out.push_back(std::nextafter(edge, std::numeric_limits<double>::infinity()));
    }
  }
  return out;
}

// Population stability index over bins at the reference's quantiles.
class Psi final : public AgainstReference {
 public:
  explicit Psi(const PsiOptions& options)
      : AgainstReference(options.reference, options.window), bins_(options.bins), threshold_(options.threshold) {}

 private:
  void begin() override {
    edges_ = with_atoms(quantile_edges(reference(), bins_));
    shares_.assign(edges_.size() + 1, 0);
    counts_.assign(edges_.size() + 1, 0);
    for (const double value : reference()) shares_[bin_of(edges_, value)] += 1;
    for (auto& share : shares_) share /= static_cast<double>(reference().size());
  }
  void enter(double value) override { counts_[bin_of(edges_, value)] += 1; }
  void leave(double value) override { counts_[bin_of(edges_, value)] -= 1; }
  [[nodiscard]] Verdict look() override {
    const auto size = static_cast<double>(window_size());
    double index = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) index += psi_part(shares_[i], counts_[i] / size);
    return {index, index / threshold_, index > threshold_};
  }

  std::size_t bins_;
  double threshold_;
  std::vector<double> edges_;
  std::vector<double> shares_;
  std::vector<double> counts_;
};

}  // namespace

DetectorRow psi_row() {
  return {"psi",
          "population stability index of the newest values against the first",
          reference_parameters({integer("bins", 10).at_least(2).at_most(1000).means("bins, at the reference's quantiles"),
                                real("threshold", 0.25).above(0).means("index above which it fires")}),
          {DetectorInput::feature, [](const Parameters& p) {
             return std::make_unique<Psi>(PsiOptions{static_cast<std::size_t>(p.integer("reference")),
                                                     static_cast<std::size_t>(p.integer("window")),
                                                     static_cast<std::size_t>(p.integer("bins")), p.real("threshold")});
           }}};
}

}  // namespace rekindle
