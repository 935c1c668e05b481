#include <algorithm>
#include <array>
#include <cmath>

#include "connectors/generate/rows.hpp"

namespace rekindle {

namespace {

enum Column : std::uint8_t { salary, commission, age, elevel, car, zipcode, hvalue, hyears, loan };

struct Range {
  double low;
  double high;
  [[nodiscard]] constexpr bool has(double value) const { return low <= value && value <= high; }
};

// Below 40, from 40 to 59, from 60 on.
std::size_t bracket(double years) { return years < 40 ? 0 : (years < 60 ? 1 : 2); }

constexpr Range low_salary = {25'000, 75'000};
constexpr Range middle_salary = {50'000, 100'000};
constexpr Range high_salary = {75'000, 125'000};
// By bracket of age.
constexpr std::array<Range, 3> usual_salary = {middle_salary, high_salary, low_salary};
constexpr std::array<Range, 3> usual_education = {{{0, 1}, {1, 3}, {2, 4}}};
constexpr std::array<Range, 3> salary_with_it = {low_salary, middle_salary, middle_salary};

bool salary_fits_education(std::span<const double> x, std::size_t b) {
  return (usual_education[b].has(x[elevel]) ? salary_with_it : usual_salary)[b].has(x[salary]);
}

// River asks for the salary where the published rule (and MOA) asks for the loan.
bool loan_fits_salary(std::span<const double> x, std::size_t b) {
  const bool usual = usual_salary[b].has(x[salary]);
  if (b == 0) return usual ? Range{100'000, 300'000}.has(x[loan]) : Range{200'000, 400'000}.has(x[salary]);
  if (b == 1) return usual ? x[salary] >= 200'000 && x[loan] <= 400'000 : Range{300'000, 500'000}.has(x[salary]);
  return (usual ? Range{300'000, 500'000} : Range{75'000, 300'000}).has(x[loan]);
}

// What remains of the income; functions 6 to 9 say 1 where it is 1 or less.
double disposable(std::span<const double> x, std::uint64_t function) {
  double left = 2 * (x[salary] + x[commission]) / 3;
  if (function >= 7) left -= 5000 * x[elevel];
  if (function == 6 || function == 8) left -= x[loan] / 5;
  if (function == 9 && x[hyears] >= 20) left += x[hvalue] * (x[hyears] - 20) / 10 / 5;
  return left - (function <= 7 ? 20'000 : 10'000);
}

class Agrawal final : public FunctionGenerator {
 public:
  static constexpr std::uint64_t functions = 10;
  Agrawal(std::uint64_t function, double perturbation, std::uint64_t seed)
      : FunctionGenerator(functions, function, seed), perturbation_(perturbation) {}
  std::vector<std::string> columns() const override {
    return {"salary", "commission", "age", "elevel", "car", "zipcode", "hvalue", "hyears", "loan"};
  }
  std::optional<int> label_of(std::span<const double> x) const override {
    const auto b = bracket(x[age]);
    switch (function()) {
      case 0: return b != 1 ? 1 : 0;
      case 1: return usual_salary[b].has(x[salary]) ? 1 : 0;
      case 2: return usual_education[b].has(x[elevel]) ? 1 : 0;
      case 3: return salary_fits_education(x, b) ? 1 : 0;
      case 4: return loan_fits_salary(x, b) ? 1 : 0;
      case 5: return usual_salary[b].has(x[salary] + x[commission]) ? 1 : 0;
      default: return disposable(x, function()) > 1 ? 0 : 1;
    }
  }
  // The label is that of the features before they are perturbed.
  int next(std::span<double> x) override {
    const int label = FunctionGenerator::next(x);
    if (perturbation_ > 0) perturb(x);
    return label;
  }

 private:
  void draw(std::span<double> x) override {
    x[salary] = 20'000 + 130'000 * random().uniform();
    x[commission] = x[salary] >= 75'000 ? 0 : 10'000 + 75'000 * random().uniform();
    x[age] = 20 + whole(61);
    x[elevel] = whole(5);
    x[car] = whole(20);
    x[zipcode] = whole(9);
    x[hvalue] = (9 - x[zipcode]) * 100'000 * (0.5 + random().uniform());
    x[hyears] = 1 + whole(30);
    x[loan] = 500'000 * random().uniform();
  }
  void perturb(std::span<double> x) {
    x[salary] = perturbed(x[salary], {20'000, 150'000});
    if (x[commission] > 0) x[commission] = perturbed(x[commission], {10'000, 75'000});
    x[age] = std::round(perturbed(x[age], {20, 80}));
    const double ground = (9 - x[zipcode]) * 100'000;
    x[hvalue] = perturbed(x[hvalue], {0.5 * ground, 1.5 * ground});
    x[hyears] = std::round(perturbed(x[hyears], {1, 30}));
    x[loan] = perturbed(x[loan], {0, 500'000});
  }
  double perturbed(double value, Range range) {
    const double moved = value + (range.high - range.low) * (2 * random().uniform() - 1) * perturbation_;
    return std::clamp(moved, range.low, range.high);
  }
  double whole(std::uint64_t bound) { return static_cast<double>(random().below(bound)); }
  double perturbation_;
};

}  // namespace

GeneratorRow agrawal_row() {
  return {"agrawal",
          "nine features of a loan applicant, ten rules (as River labels them, not MOA)",
          {function_parameter(Agrawal::functions),
           real("perturbation", 0).at_least(0).at_most(1).means("numbers moved by up to this share of their range")},
          {[](const Parameters& p, std::uint64_t seed) {
            return std::make_unique<Agrawal>(p.integer("classification_function"), p.real("perturbation"), seed);
          }}};
}

}  // namespace rekindle
