#include <algorithm>
#include <cmath>

#include "connectors/generate/concept_chain.hpp"
#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

struct RbfOptions {
  int classes = 2;
  std::size_t features = 10;
  std::size_t centroids = 50;
  double speed = 0;         // By which centroids move each sample...
  std::size_t moving = 50;  // ... the first so many of them.
};

void draw_places(Numbers& places, Random& random) {
  for (auto& place : places) place = random.uniform();
}

// Back and forth in [0, 1], as a ball between two walls.
double between_walls(double place) {
  const double rest = place - 2 * std::floor(place / 2);
  return rest > 1 ? 2 - rest : rest;
}

// Clouds around centroids. A centroid's class, width and weight stay; a concept is where the centroids are.
class Rbf final : public Generator {
 public:
  Rbf(RbfOptions options, Random seeds)
      : options_(options),
        random_(seeds.next()),
        chain_(Numbers(options.centroids * options.features), draw_places, draw_places, seeds.next()),
        places_(chain_.at(0)) {
    double total = 0;
    for (std::size_t i = 0; i < options_.centroids; ++i) {
      classes_.push_back(static_cast<int>(seeds.below(static_cast<std::uint64_t>(options_.classes))));
      widths_.push_back(seeds.uniform());
      total += seeds.uniform();
      weights_up_to_.push_back(total);
    }
    draw_directions(seeds);
  }

  std::vector<std::string> columns() const override { return numbered_columns(options_.features); }
  int classes() const override { return options_.classes; }
  std::uint64_t concepts() const override { return 0; }
  void set_concept(std::uint64_t which) override { places_ = chain_.at(which); }
  void set_between(std::uint64_t from, std::uint64_t to, double share) override {
    (void)chain_.at(to);  // May forget the oldest, so it comes first.
    mix(chain_.at(from), chain_.at(to), share, places_);
  }
  int next(std::span<double> x) override {
    ++drawn_;
    const auto which = choose();
    double squares = 0;
    for (auto& value : x) {
      value = 2 * random_.uniform() - 1;
      squares += value * value;
    }
    const double length = random_.normal() * widths_[which];
    const double scale = squares > 0 ? length / std::sqrt(squares) : 0;
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = place(which, j) + scale * x[j];
    return classes_[which];
  }
  std::optional<int> label_of(std::span<const double> /*x*/) const override { return std::nullopt; }

 private:
  void draw_directions(Random& random) {
    if (options_.speed == 0) return;
    directions_.resize(std::min(options_.moving, options_.centroids) * options_.features);
    for (std::size_t begin = 0; begin < directions_.size(); begin += options_.features) {
      const std::span direction(directions_.data() + begin, options_.features);
      double squares = 0;
      for (auto& value : direction) {
        value = random.uniform();
        squares += value * value;
      }
      for (auto& value : direction) value /= std::sqrt(squares);
    }
  }
  std::size_t choose() {
    const double at = random_.uniform() * weights_up_to_.back();
    const auto found = std::ranges::upper_bound(weights_up_to_, at);
    return std::min(static_cast<std::size_t>(found - weights_up_to_.begin()), options_.centroids - 1);
  }
  [[nodiscard]] double place(std::size_t centroid, std::size_t j) const {
    const auto at = centroid * options_.features + j;
    if (at >= directions_.size()) return places_[at];
    return between_walls(places_[at] + directions_[at] * options_.speed * static_cast<double>(drawn_));
  }

  RbfOptions options_;
  Random random_;
  ConceptChain chain_;
  Numbers places_;  // Of all centroids, one after the other.
  std::vector<int> classes_;
  Numbers widths_;
  Numbers weights_up_to_;
  Numbers directions_;
  std::uint64_t drawn_ = 0;
};

GeneratorPointer make_rbf(const Parameters& p, std::uint64_t seed) {
  const auto count = [&](const char* name) { return static_cast<std::size_t>(p.integer(name)); };
  const RbfOptions options = {static_cast<int>(p.integer("n_classes")), count("n_features"), count("n_centroids"), p.real("change_speed"),
                              count("n_drift_centroids")};
  return std::make_unique<Rbf>(options, Random(seed));
}

}  // namespace

GeneratorRow rbf_row() {
  return {"rbf",
          "clouds around centroids, a class to each; a drift puts the centroids elsewhere",
          {integer("n_classes", 2).at_least(2).at_most(1000).means("number of classes"),
           integer("n_features", 10).at_least(1).at_most(1000).means("number of features"),
           integer("n_centroids", 50).at_least(1).at_most(10'000).means("number of clouds"),
           real("change_speed", 0).at_least(0).at_most(1).means("how far a centroid moves each sample"),
           integer("n_drift_centroids", 50).at_least(0).means("how many of them move, at most all")},
          {make_rbf, true}};
}

}  // namespace rekindle
