#include "connectors/generate/concept_chain.hpp"
#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

// Standard normal features; 1 where their weighted sum is not negative.
class Logistic final : public Generator {
 public:
  Logistic(std::size_t features, double changed, Random seeds)
      : random_(seeds.next()), chain_(Numbers(features), redraw(1), redraw(changed), seeds.next()), weights_(chain_.at(0)) {}

  std::vector<std::string> columns() const override { return numbered_columns(weights_.size()); }
  std::uint64_t concepts() const override { return 0; }
  void set_concept(std::uint64_t which) override { weights_ = chain_.at(which); }
  void set_between(std::uint64_t from, std::uint64_t to, double share) override {
    (void)chain_.at(to);  // May forget the oldest, so it comes first.
    mix(chain_.at(from), chain_.at(to), share, weights_);
  }
  int next(std::span<double> x) override {
    for (auto& value : x) value = random_.normal();
    return label_of(x).value_or(0);
  }
  std::optional<int> label_of(std::span<const double> x) const override {
    double score = 0;
    for (std::size_t j = 0; j < weights_.size(); ++j) score += weights_[j] * x[j];
    return score >= 0 ? 1 : 0;
  }

 private:
  static ConceptChain::Redraw redraw(double share) {
    return [share](Numbers& weights, Random& random) {
      for (auto& w : weights) {
        if (random.uniform() < share) w = random.normal();
      }
    };
  }

  Random random_;
  ConceptChain chain_;
  Numbers weights_;
};

}  // namespace

GeneratorRow logistic_generator_row() {
  return {"logistic",
          "normal features on both sides of a plane; a drift draws weights anew",
          {integer("n_features", 20).at_least(1).at_most(10'000).means("number of features"),
           real("changed", 1.0).at_least(0).at_most(1).means("share of the weights drawn anew at a drift")},
          {[](const Parameters& p, std::uint64_t seed) {
             return std::make_unique<Logistic>(static_cast<std::size_t>(p.integer("n_features")), p.real("changed"), Random(seed));
           },
           true}};
}

}  // namespace rekindle
