#include "bench/policy/wide.hpp"

#include <fmt/format.h>

#include <numeric>
#include <vector>

#include "base/random.hpp"
#include "bench/policy/contestants.hpp"
#include "learner/learner.hpp"

namespace rekindle::bench {

namespace {

constexpr std::size_t features = 100;
constexpr std::size_t change = 20'000;
constexpr std::size_t looked_at = 2000;
constexpr double noise = 0.05;

// `share` of the weights is drawn anew; above 1 all change their sign.
PolicyStream stream_of(double share, std::uint64_t seed) {
  PolicyStream out;
  out.drifts = {change};
  Random random(seed * 15'485'863 + 3);
  std::vector<double> weights(features);
  for (auto& w : weights) w = random.normal();
  for (std::size_t i = 0; i < change + looked_at; ++i) {
    for (std::size_t j = 0; j < features && i == change; ++j) {
      if (share > 1) weights[j] = -weights[j];
      if (share <= 1 && static_cast<double>(j) < share * features) weights[j] = random.normal();
    }
    std::vector<double> x(features);
    for (auto& value : x) value = random.normal();
    std::size_t label = std::inner_product(x.begin(), x.end(), weights.begin(), 0.0) >= 0 ? 1 : 0;
    if (random.uniform() < noise) label = 1 - label;
    out.features.push_back(std::move(x));
    out.labels.push_back(label);
  }
  return out;
}

// Over the samples after the change. `false_alarm`: the response is made there, whatever the detector says.
double accuracy(const LearnerSpec& spec, const PolicyStream& stream, bool false_alarm) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < features; ++j) names.push_back(fmt::format("x{}", j));
  Learner learner(spec, names);
  Sample sample;
  Rejection why;
  double right = 0;
  for (std::size_t i = 0; i < stream.labels.size(); ++i) {
    if (i == change && false_alarm) {
      learner.restart();
      learner.reset();
    }
    sample.values = stream.features[i];
    sample.label = {Label::Kind::number, static_cast<double>(stream.labels[i]), {}};
    const auto outcome = learner.observe(sample, why);
    if (i >= change) right += outcome.error == 0 ? 1 : 0;
  }
  return right / looked_at;
}

}  // namespace

void print_wide(std::uint64_t seeds) {
  const std::vector<double> shares = {0, 0.05, 0.2, 0.5, 2};
  fmt::print(
      "| learner, 100 features | no change | restart and reset for nothing | a twentieth | a fifth | half | flip "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const auto& [name, policy] :
       {std::pair("portfolio", "graded"), {"portfolio", "none"}, {"rmsprop", "graded"}, {"rmsprop", "restart"}, {"rmsprop", "none"}}) {
    std::vector<double> sums(shares.size() + 1, 0);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto spec = std::string(name) == "portfolio" ? portfolio_spec(2, seed, policy) : decaying_spec(2, seed, policy);
      for (std::size_t k = 0; k < shares.size(); ++k) sums[k == 0 ? 0 : k + 1] += accuracy(spec, stream_of(shares[k], seed), false);
      sums[1] += accuracy(spec, stream_of(0, seed), true);
    }
    fmt::print("| {} {} |", name, policy);
    for (const double sum : sums) fmt::print(" {:.4f} |", sum / static_cast<double>(seeds));
    fmt::print("\n");
  }
}

}  // namespace rekindle::bench
