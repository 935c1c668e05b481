#include <cmath>
#include <numbers>

#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

// Two truth values, and a point that is below a sine curve or not: 0 where at least two of the three hold. Function 1: the opposite.
class Mixed final : public FunctionGenerator {
 public:
  static constexpr std::uint64_t functions = 2;
  Mixed(std::uint64_t function, std::uint64_t seed) : FunctionGenerator(functions, function, seed) {}
  std::vector<std::string> columns() const override { return numbered_columns(4); }
  std::optional<int> label_of(std::span<const double> x) const override {
    const bool below = x[3] < 0.5 + 0.3 * std::sin(3 * std::numbers::pi * x[2]);
    const int holding = (x[0] != 0 ? 1 : 0) + (x[1] != 0 ? 1 : 0) + (below ? 1 : 0);
    return (holding >= 2) == (function() == 1) ? 1 : 0;
  }

 private:
  void draw(std::span<double> x) override {
    x[0] = static_cast<double>(random().below(2));
    x[1] = static_cast<double>(random().below(2));
    x[2] = random().uniform();
    x[3] = random().uniform();
  }
};

}  // namespace

GeneratorRow mixed_row() {
  return {"mixed",
          "two truth values and a point: 0 where two of \"x0\", \"x1\" and \"the point is below a sine\" hold, or the opposite",
          {function_parameter(Mixed::functions)},
          {[](const Parameters& p, std::uint64_t seed) { return std::make_unique<Mixed>(p.integer("classification_function"), seed); }}};
}

}  // namespace rekindle
