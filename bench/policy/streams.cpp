#include "bench/policy/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/random.hpp"

namespace rekindle::bench {

namespace {

constexpr std::size_t dimensions = 20;

using Weights = std::vector<double>;

Weights drawn(Random& random, std::size_t count) {
  Weights out(count);
  for (auto& w : out) w = random.normal();
  return out;
}

double noise_of(const std::string& name) { return name == "noisy" ? 0.3 : (name == "stationary" || name == "blip" ? 0.1 : 0.05); }

std::size_t spacing_of(const std::string& name) {
  if (name == "recurring") return 5000;
  return name == "scale_shift" ? 20'000 : 10'000;
}

// One hyperplane through zero in 20 dimensions, whose weights change in the way that the name says.
class Hyperplane {
 public:
  Hyperplane(const std::string& name, std::uint64_t seed)
      : name_(name),
        random_(seed * 7919 + 11),
        weights_(drawn(random_, dimensions)),
        first_(weights_),
        other_(drawn(random_, dimensions)) {}

  void drift() {
    if (name_ == "abrupt") weights_ = drawn(random_, dimensions);
    if (name_ == "recurring") weights_ = weights_ == first_ ? other_ : first_;
    for (auto& w : weights_) {
      if (name_ == "flip") w = -w;
      if (name_ == "mild") w = 0.9 * w + 0.436 * random_.normal();
    }
    for (std::size_t j = 0; j < dimensions && name_ == "scale_shift"; ++j) {
      middle_[j] = 5 * random_.normal();
      width_[j] = std::exp(random_.normal());
    }
  }

  void next(std::size_t i, PolicyStream& out) {
    std::vector<double> x(dimensions);
    double score = 0;
    for (std::size_t j = 0; j < dimensions; ++j) {
      const double z = random_.normal();
      x[j] = middle_[j] + width_[j] * z;
      score += weights_[j] * z;
    }
    std::size_t label = score >= 0 ? 1 : 0;
    if (random_.uniform() < noise_of(name_)) label = 1 - label;
    const bool burst = name_ == "blip" && i % 10'000 >= 9000 && i % 10'000 < 9300;
    if (burst) label = random_.uniform() < 0.5 ? 1 : 0;
    out.features.push_back(std::move(x));
    out.labels.push_back(label);
    if (name_ != "gradual") return;
    for (auto& w : weights_) w = w * 0.99995 + 0.01 * random_.normal();
  }

 private:
  std::string name_;
  Random random_;
  Weights weights_;
  Weights first_;
  Weights other_;
  Weights middle_ = Weights(dimensions, 0);
  Weights width_ = Weights(dimensions, 1);
};

bool drifts(const std::string& name) {
  return name == "abrupt" || name == "flip" || name == "mild" || name == "recurring" || name == "scale_shift";
}

bool read_numbers(const std::string& line, std::vector<double>& numbers, std::string& last) {
  numbers.clear();
  std::size_t at = 0;
  while (true) {
    const auto comma = line.find(',', at);
    if (comma == std::string::npos) break;
    double value = 0;
    const auto [rest, error] = std::from_chars(line.data() + at, line.data() + comma, value);
    if (error != std::errc{} || rest != line.data() + comma) return false;
    numbers.push_back(value);
    at = comma + 1;
  }
  last = line.substr(at);
  while (!last.empty() && (last.back() == '\r' || last.back() == ' ')) last.pop_back();
  return !last.empty();
}

}  // namespace

const std::vector<std::string>& generated_streams() {
  static const std::vector<std::string> names = {"abrupt",     "flip",  "mild", "recurring",  "gradual",
                                                 "stationary", "noisy", "blip", "scale_shift"};
  return names;
}

PolicyStream generated_stream(const std::string& name, std::uint64_t seed, std::size_t samples) {
  PolicyStream out;
  out.name = name;
  out.kind = name == "blip" || name == "gradual" ? name : (drifts(name) ? "abrupt" : "stationary");
  Hyperplane plane(name, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    if (i != 0 && i % spacing_of(name) == 0 && drifts(name)) {
      plane.drift();
      out.drifts.push_back(i);
    }
    plane.next(i, out);
  }
  return out;
}

PolicyStream rare_stream(double positives, std::uint64_t seed, std::size_t samples) {
  PolicyStream out;
  out.name = fmt::format("{:g} % positives", 100 * positives);
  out.kind = "abrupt";
  out.drifts = {samples / 2};
  Random random(seed * 104'729 + 5);
  auto weights = drawn(random, dimensions);
  for (std::size_t i = 0; i < samples; ++i) {
    if (i == samples / 2) {
      for (auto& w : weights) w = -w;
    }
    const std::size_t wanted = random.uniform() < positives ? 1 : 0;
    std::vector<double> x;
    std::size_t label = 2;
    while (label != wanted) {
      x = drawn(random, dimensions);
      label = std::inner_product(x.begin(), x.end(), weights.begin(), 0.0) >= 0 ? 1 : 0;
      if (random.uniform() < 0.05) label = 1 - label;
    }
    out.features.push_back(std::move(x));
    out.labels.push_back(label);
  }
  return out;
}

Result<PolicyStream> recorded_stream(const std::string& path) {
  PolicyStream out;
  out.name = std::filesystem::path(path).stem().string();
  out.kind = "real";
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) return fail(ErrorCode::io, "{}: cannot be read", path);
  std::vector<std::string> classes;
  std::vector<double> numbers;
  std::string label;
  while (std::getline(in, line)) {
    if (!read_numbers(line, numbers, label))
      return fail(ErrorCode::data, "{}: line {} is not numbers and a class", path, out.labels.size() + 2);
    const auto known = std::ranges::find(classes, label);
    out.labels.push_back(static_cast<std::size_t>(known - classes.begin()));
    if (known == classes.end()) classes.push_back(label);
    out.features.push_back(numbers);
  }
  out.classes = classes.size();
  return out;
}

}  // namespace rekindle::bench
