#include "bench/policy/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "bench/choose.hpp"
#include "bench/policy/contestants.hpp"
#include "learner/learner.hpp"

namespace rekindle::bench {

namespace {

constexpr std::size_t features = 20;

struct NumberStream {
  std::vector<std::vector<double>> features;
  std::vector<double> labels;
};

// A weighted sum with noise of a tenth of its variance. abrupt: new weights every 10,000; gradual: they wander; outliers: one label in
// 200 is a hundred times as far away.
NumberStream stream_of(const std::string& name, std::uint64_t seed, std::size_t samples) {
  NumberStream out;
  Random random(seed * 32'452'843 + 1);
  std::vector<double> weights(features);
  const auto draw = [&] {
    for (auto& w : weights) w = random.normal();
  };
  draw();
  for (std::size_t i = 0; i < samples; ++i) {
    if (name == "abrupt" && i != 0 && i % 10'000 == 0) draw();
    for (auto& w : weights) w = name == "gradual" ? w * 0.99995 + 0.01 * random.normal() : w;
    std::vector<double> x(features);
    for (auto& value : x) value = random.normal();
    double y = std::inner_product(x.begin(), x.end(), weights.begin(), 0.0) + std::sqrt(0.1 * features) * random.normal();
    if (name == "outliers" && random.uniform() < 0.005) y *= 100;
    out.features.push_back(std::move(x));
    out.labels.push_back(y);
  }
  return out;
}

// The mean of the squared errors, none counted beyond 100 times the variance of the labels: of an outlier nobody knows anything.
double squared_error(const LearnerSpec& spec, const NumberStream& stream) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < features; ++j) names.push_back(fmt::format("x{}", j));
  Learner learner(spec, names);
  Sample sample;
  Rejection why;
  double sum = 0;
  for (std::size_t i = 0; i < stream.labels.size(); ++i) {
    sample.values = stream.features[i];
    sample.label = {Label::Kind::number, stream.labels[i], {}};
    const double error = learner.observe(sample, why).error;
    sum += std::isfinite(error) ? std::min(error * error, 100.0 * features) : 100.0 * features;
  }
  return sum / static_cast<double>(stream.labels.size());
}

LearnerSpec of_numbers(LearnerSpec spec) {
  spec.schema.task = Task::regression;
  spec.member.loss = choose(losses(), "squared");
  return spec;
}

struct Best {
  double error = 1e300;
  std::string name;
};

Best best_constant(const std::vector<NumberStream>& streams) {
  Best best;
  for (const auto* optimizer : {"sgd", "rmsprop", "adam", "adagrad"}) {
    for (int i = 0; i < 12; ++i) {
      auto spec = of_numbers(decaying_spec(2, 1, "none"));
      spec.member.optimizer = choose(optimizers(), optimizer, {}, common_optimizer_parameters());
      spec.member.schedule.schedule = choose(schedules(), "constant");
      spec.member.schedule.lr = 1e-4 * std::pow(10, i * 4.0 / 11);
      double error = 0;
      for (const auto& stream : streams) error += squared_error(spec, stream) / static_cast<double>(streams.size());
      if (error < best.error) best = {error, fmt::format("{} {:.2g}", optimizer, spec.member.schedule.lr)};
    }
  }
  return best;
}

}  // namespace

void print_regression(std::uint64_t seeds, std::size_t samples) {
  const std::vector<std::pair<std::string, std::string>> learners = {
      {"portfolio", "graded"}, {"portfolio", "none"}, {"rmsprop", "graded"}, {"rmsprop", "restart"}, {"rmsprop", "none"}};
  fmt::print("| regression | best constant |");
  for (const auto& [name, policy] : learners) fmt::print(" {} {} |", name, policy);
  fmt::print("\n|---|---|---|---|---|---|---|\n");
  for (const std::string name : {"stationary", "abrupt", "gradual", "outliers"}) {
    std::vector<NumberStream> streams;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) streams.push_back(stream_of(name, seed, samples));
    const auto best = best_constant(streams);
    fmt::print("| {} | {:.3f} ({}) |", name, best.error, best.name);
    for (const auto& [learner, policy] : learners) {
      double error = 0;
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const auto spec = learner == "portfolio" ? portfolio_spec(2, seed, policy) : decaying_spec(2, seed, policy);
        error += squared_error(of_numbers(spec), streams[seed - 1]) / static_cast<double>(seeds);
      }
      fmt::print(" {:.3f} |", error / best.error);
    }
    fmt::print("\n");
  }
}

}  // namespace rekindle::bench
