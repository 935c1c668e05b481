#include <cmath>
#include <numbers>

#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

// Two numbers in [0, 1): is the first below a curve over the second? Odd functions answer the other way round.
class Sine final : public FunctionGenerator {
 public:
  static constexpr std::uint64_t functions = 4;
  Sine(std::uint64_t function, std::size_t columns, std::uint64_t seed) : FunctionGenerator(functions, function, seed), columns_(columns) {}
  std::vector<std::string> columns() const override { return numbered_columns(columns_); }
  std::optional<int> label_of(std::span<const double> x) const override {
    const double curve = function() < 2 ? std::sin(x[1]) : 0.5 + 0.3 * std::sin(3 * std::numbers::pi * x[1]);
    const bool below = x[0] < curve;
    return below == (function() % 2 == 0) ? 1 : 0;
  }

 private:
  void draw(std::span<double> x) override {
    for (auto& value : x) value = random().uniform();
  }
  std::size_t columns_;
};

}  // namespace

GeneratorRow sine_row() {
  return {"sine",
          "two numbers; 1 where the first is below a sine of the second (0), a steeper sine (2), or above them (1, 3); not as MOA has it",
          {function_parameter(Sine::functions), boolean("has_noise", false).means("two more columns that mean nothing")},
          {[](const Parameters& p, std::uint64_t seed) {
            return std::make_unique<Sine>(p.integer("classification_function"), p.boolean("has_noise") ? 4 : 2, seed);
          }}};
}

}  // namespace rekindle
