#include <algorithm>
#include <array>

#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

constexpr std::size_t segments = 7;
using Digit = std::array<int, segments>;
// Top, upper left, upper right, middle, lower left, lower right, bottom.
constexpr std::array<Digit, 10> digits = {{{1, 1, 1, 0, 1, 1, 1},
                                           {0, 0, 1, 0, 0, 1, 0},
                                           {1, 0, 1, 1, 1, 0, 1},
                                           {1, 0, 1, 1, 0, 1, 1},
                                           {0, 1, 1, 1, 0, 1, 0},
                                           {1, 1, 0, 1, 0, 1, 1},
                                           {1, 1, 0, 1, 1, 1, 1},
                                           {1, 0, 1, 0, 0, 1, 0},
                                           {1, 1, 1, 1, 1, 1, 1},
                                           {1, 1, 1, 1, 0, 1, 1}}};

// The segments of a digital display, and the digit. Concept k has every column k places further on, around the end.
class Led final : public FunctionGenerator {
 public:
  Led(std::size_t columns, std::uint64_t seed) : FunctionGenerator(columns, 0, seed), columns_(columns) {}
  std::vector<std::string> columns() const override { return numbered_columns(columns_); }
  int classes() const override { return static_cast<int>(digits.size()); }
  std::optional<int> label_of(std::span<const double> x) const override {
    const auto shows = [&](const Digit& digit) {
      for (std::size_t s = 0; s < segments; ++s) {
        if (x[column(s)] != digit[s]) return false;
      }
      return true;
    };
    const auto found = std::ranges::find_if(digits, shows);
    return found == digits.end() ? std::nullopt : std::optional(static_cast<int>(found - digits.begin()));
  }

 private:
  void draw(std::span<double> x) override {
    const auto& digit = digits[random().below(digits.size())];
    for (std::size_t s = 0; s < segments; ++s) x[column(s)] = digit[s];
    for (std::size_t s = segments; s < columns_; ++s) x[column(s)] = static_cast<double>(random().below(2));
  }
  [[nodiscard]] std::size_t column(std::size_t place) const { return (place + function()) % columns_; }
  std::size_t columns_;
};

}  // namespace

GeneratorRow led_row() {
  return {"led",
          "the seven segments of a digit; a drift moves every column one place on",
          {boolean("irrelevant_features", false).means("17 more columns that mean nothing")},
          {[](const Parameters& p, std::uint64_t seed) {
            return std::make_unique<Led>(p.boolean("irrelevant_features") ? segments + 17 : segments, seed);
          }}};
}

}  // namespace rekindle
