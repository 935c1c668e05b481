#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

// Size 0 small, 1 medium, 2 large; color 0 red, 1 blue, 2 green; shape 0 circle, 1 square, 2 triangle.
class Stagger final : public FunctionGenerator {
 public:
  static constexpr std::uint64_t functions = 3;
  Stagger(std::uint64_t function, std::uint64_t seed) : FunctionGenerator(functions, function, seed) {}
  std::vector<std::string> columns() const override { return {"size", "color", "shape"}; }
  std::optional<int> label_of(std::span<const double> x) const override {
    switch (function()) {
      case 0: return x[0] == 0 && x[1] == 0 ? 1 : 0;  // Small and red.
      case 1: return x[1] == 2 || x[2] == 0 ? 1 : 0;  // Green or a circle.
      default: return x[0] != 0 ? 1 : 0;              // Medium or large.
    }
  }

 private:
  void draw(std::span<double> x) override {
    for (auto& value : x) value = static_cast<double>(random().below(3));
  }
};

}  // namespace

GeneratorRow stagger_row() {
  return {"stagger",
          "size, color and shape, three values each: small and red; green or a circle; medium or large",
          {function_parameter(Stagger::functions)},
          {[](const Parameters& p, std::uint64_t seed) { return std::make_unique<Stagger>(p.integer("classification_function"), seed); }}};
}

}  // namespace rekindle
