// Generator: an endless stream of made-up samples whose concept (what decides the label) can be changed at any sample.
//
// Names, parameters and definitions are those of River's `datasets.synth`; the random numbers are ours. Agrawal and Sine mean
// other labels in MOA: Agrawal's functions 0 to 3 and 5 are its opposites there and 4 is another rule, and Sine compares the
// first feature with the sine of the second where MOA compares the second with the sine of the first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/registry.hpp"

namespace rekindle {

class Generator {
 public:
  virtual ~Generator() = default;

  [[nodiscard]] virtual std::vector<std::string> columns() const = 0;  // Of the features; the label comes after them.
  [[nodiscard]] virtual int classes() const { return 2; }

  // Concepts are numbered from 0; `concepts` is how many there are, 0: as many as one likes.
  [[nodiscard]] virtual std::uint64_t concepts() const = 0;
  [[nodiscard]] virtual std::uint64_t first_concept() const { return 0; }

  // Where there is no end of concepts, one more than three behind the newest is forgotten.
  virtual void set_concept(std::uint64_t which) = 0;
  // `share` of the way from one concept to the other, for generators that can be anywhere between two.
  virtual void set_between(std::uint64_t from, std::uint64_t to, double share) = 0;

  // Draws the features of the next sample and returns its label.
  virtual int next(std::span<double> features) = 0;

  // The label that these features have now; nothing where it does not follow from them.
  [[nodiscard]] virtual std::optional<int> label_of(std::span<const double> features) const = 0;
};

using GeneratorPointer = std::unique_ptr<Generator>;

struct GeneratorFactory {
  std::function<GeneratorPointer(const Parameters&, std::uint64_t seed)> make;
  bool between = false;  // `set_between` works: numbers decide the label, and they can move.
};
using GeneratorRow = RegistryRow<GeneratorFactory>;

// All generators, in the order they are listed to people.
[[nodiscard]] std::span<const GeneratorRow> generators();

// "x0", "x1", ...
[[nodiscard]] std::vector<std::string> numbered_columns(std::size_t count);

// A generator whose concepts are a few fixed functions.
class FunctionGenerator : public Generator {
 public:
  FunctionGenerator(std::uint64_t count, std::uint64_t first, std::uint64_t seed)
      : random_(seed), count_(count), first_(first), function_(first) {}
  [[nodiscard]] std::uint64_t concepts() const override { return count_; }
  [[nodiscard]] std::uint64_t first_concept() const override { return first_; }
  void set_concept(std::uint64_t which) override { function_ = which % count_; }
  void set_between(std::uint64_t /*from*/, std::uint64_t to, double /*share*/) override { set_concept(to); }
  int next(std::span<double> features) override {
    draw(features);
    return label_of(features).value_or(0);
  }

 protected:
  virtual void draw(std::span<double> features) = 0;
  [[nodiscard]] std::uint64_t function() const { return function_; }
  Random& random() { return random_; }

 private:
  Random random_;
  std::uint64_t count_;
  std::uint64_t first_;
  std::uint64_t function_;
};

// River's name for the function to begin with, 0 to `count` - 1.
[[nodiscard]] ParameterSpec function_parameter(std::int64_t count);

}  // namespace rekindle
