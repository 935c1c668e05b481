#include "connectors/generate/hyperplane.hpp"

#include "connectors/generate/concept_chain.hpp"
#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

struct HyperplaneOptions {
  std::size_t features = 10;
  std::size_t moving = 2;  // The first so many weights move...
  double step = 0;         // ... by this much a sample,
  double reversal = 0.1;   // and turn round with about this probability.
};

void draw_weights(Numbers& weights, Random& random) {
  for (auto& w : weights) w = random.uniform();
}

class Hyperplane final : public Generator {
 public:
  Hyperplane(HyperplaneOptions options, Random seeds)
      : options_(options),
        random_(seeds.next()),
        chain_(Numbers(options.features), draw_weights, draw_weights, seeds.next()),
        base_(chain_.at(0)),
        weights_(base_),
        moved_(options.moving),
        direction_(options.moving, 1) {}

  std::vector<std::string> columns() const override { return numbered_columns(options_.features); }
  std::uint64_t concepts() const override { return 0; }
  void set_concept(std::uint64_t which) override {
    base_ = chain_.at(which);
    place();
  }
  void set_between(std::uint64_t from, std::uint64_t to, double share) override {
    (void)chain_.at(to);  // May forget the oldest, so it comes first.
    mix(chain_.at(from), chain_.at(to), share, base_);
    place();
  }
  int next(std::span<double> x) override {
    for (auto& value : x) value = random_.uniform();
    const int label = hyperplane_label(weights_, x);
    if (options_.step > 0) move();
    return label;
  }
  std::optional<int> label_of(std::span<const double> x) const override { return hyperplane_label(weights_, x); }

 private:
  void place() {
    weights_ = base_;
    for (std::size_t j = 0; j < moved_.size(); ++j) weights_[j] += moved_[j];
  }
  // River compares with 0.01 more than the draw, so the probability is a hundredth less than it says.
  void move() {
    for (std::size_t j = 0; j < moved_.size(); ++j) {
      moved_[j] += direction_[j] * options_.step;
      if (0.01 + random_.uniform() <= options_.reversal) direction_[j] = -direction_[j];
    }
    place();
  }

  HyperplaneOptions options_;
  Random random_;
  ConceptChain chain_;
  Numbers base_;     // Of the concept.
  Numbers weights_;  // The same with what has moved.
  Numbers moved_;
  Numbers direction_;
};

GeneratorPointer make_hyperplane(const Parameters& p, std::uint64_t seed) {
  const HyperplaneOptions options = {static_cast<std::size_t>(p.integer("n_features")),
                                     static_cast<std::size_t>(p.integer("n_drift_features")), p.real("mag_change"), p.real("sigma")};
  return std::make_unique<Hyperplane>(options, Random(seed));
}

std::string conflict(const Parameters& p) {
  const auto features = p.integer("n_features");
  const auto moving = p.integer("n_drift_features");
  return moving <= features ? "" : fmt::format("n_drift_features must be <= n_features ({}), got {}", features, moving);
}

}  // namespace

GeneratorRow hyperplane_row() {
  return {"hyperplane",
          "uniform features on both sides of a plane that may turn; a drift draws new weights",
          {integer("n_features", 10).at_least(2).at_most(10'000).means("number of features"),
           integer("n_drift_features", 2).at_least(0).means("how many weights move on their own"),
           real("mag_change", 0).at_least(0).at_most(1).means("how far they move each sample"),
           real("sigma", 0.1).at_least(0).at_most(1).means("probability that a weight turns round")},
          {make_hyperplane, true},
          conflict};
}

}  // namespace rekindle
