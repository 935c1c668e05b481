#include <array>

#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

// Three numbers in [0, 10), the last of them irrelevant; 1 where the first two add up to more than the variant's threshold.
class Sea final : public FunctionGenerator {
 public:
  Sea(std::uint64_t variant, std::uint64_t seed) : FunctionGenerator(thresholds.size(), variant, seed) { set_concept(variant); }
  std::vector<std::string> columns() const override { return numbered_columns(3); }
  void set_concept(std::uint64_t which) override { threshold_ = thresholds[which % thresholds.size()]; }
  void set_between(std::uint64_t from, std::uint64_t to, double share) override {
    const double start = thresholds[from % thresholds.size()];
    threshold_ = start + share * (thresholds[to % thresholds.size()] - start);
  }
  std::optional<int> label_of(std::span<const double> x) const override { return x[0] + x[1] > threshold_ ? 1 : 0; }

 private:
  static constexpr std::array<double, 4> thresholds = {8, 9, 7, 9.5};
  void draw(std::span<double> x) override {
    for (auto& value : x) value = 10 * random().uniform();
  }
  double threshold_ = thresholds[0];
};

}  // namespace

GeneratorRow sea_row() {
  return {"sea",
          "three numbers; 1 where the first two add up to more than 8, 9, 7 or 9.5",
          {integer("variant", 0).at_least(0).at_most(3).means("threshold to begin with")},
          {[](const Parameters& p, std::uint64_t seed) { return std::make_unique<Sea>(p.integer("variant"), seed); }, true}};
}

}  // namespace rekindle
