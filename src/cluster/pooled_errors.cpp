#include "cluster/pooled_errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace rekindle::cluster {

namespace {

constexpr std::array<std::size_t, 3> windows = {1, 2, 4};  // Publications.
constexpr std::size_t most_publications = 256;
constexpr double most_samples = 2048;
constexpr double least_before = 256;  // Samples.
constexpr double surprise = 11.5;     // -log(1e-5)
constexpr double surprise_of_others = 5.3;
constexpr double least_of_others = 0.25;  // What averaging has drawn along rises less.

struct Share {
  double samples = 0;
  double errors = 0;
  void add(const ErrorSums& from, const ErrorSums& to) {
    samples += static_cast<double>(to.count - from.count);
    errors += to.errors - from.errors;
  }
  [[nodiscard]] double mean() const { return samples > 0 ? errors / samples : 0; }
};

struct Compared {
  Share before;
  Share after;
  [[nodiscard]] double excess() const { return after.errors - before.mean() * after.samples; }
  [[nodiscard]] double excess_share() const { return after.samples > 0 ? excess() / after.samples : 0; }
};

// -log of how improbable such a share is where the usual one holds, at least; 0 where it is no larger.
double surprise_at(const Compared& one) {
  const double mean = one.before.mean();
  const double usual = std::min(0.999, mean + 2 * std::sqrt(mean * (1 - mean) / one.before.samples) + 1 / one.before.samples);
  const double now = std::clamp(one.after.mean(), 0.0, 1.0);
  if (now <= usual) return 0;
  const double rest = now < 1 ? (1 - now) * std::log((1 - now) / (1 - usual)) : 0;
  return one.after.samples * (now * std::log(now / usual) + rest);
}

Compared without(Compared all, const Compared& one) {
  all.before.samples -= one.before.samples;
  all.before.errors -= one.before.errors;
  all.after.samples -= one.after.samples;
  all.after.errors -= one.after.errors;
  return all;
}

}  // namespace

void PooledErrors::observe(WorkerId worker, const ErrorSums& sums) {
  auto& ends = ends_[worker];
  if (!ends.empty() && sums.count <= ends.back().count) return;
  ends.push_back(sums);
  if (ends.size() > most_publications) ends.pop_front();
}

std::optional<PooledErrors::Rise> PooledErrors::rise() const {
  for (const auto recent : windows) {
    if (auto found = rise(recent)) return found;
  }
  return std::nullopt;
}

std::optional<PooledErrors::Rise> PooledErrors::rise(std::size_t recent) const {
  std::map<WorkerId, Compared> each;
  Compared all;
  const double most_of_one = most_samples / static_cast<double>(std::max<std::size_t>(1, ends_.size()));
  for (const auto& [worker, ends] : ends_) {
    if (ends.size() < recent + 2) continue;
    const auto& split = ends[ends.size() - 1 - recent];
    const auto first = std::ranges::find_if(
        ends, [&](const ErrorSums& end) { return static_cast<double>(split.count) - static_cast<double>(end.count) <= most_of_one; });
    auto& one = each[worker];
    one.before.add(*first, split);
    one.after.add(split, ends.back());
    all.before.add(*first, split);
    all.after.add(split, ends.back());
  }
  if (all.before.samples < least_before || all.after.samples > most_samples || surprise_at(all) < surprise) return std::nullopt;
  const auto most = std::ranges::max_element(each, {}, [](const auto& one) { return one.second.excess(); });
  if (each.size() > 1) {
    const auto others = without(all, most->second);
    if (surprise_at(others) < surprise_of_others || others.excess_share() < least_of_others * most->second.excess_share())
      return std::nullopt;
  }
  Rise rise{most->first, all.before.mean(), all.after.mean(), {}};
  for (const auto& [worker, one] : each) rise.votes[worker] = one.after.mean() > one.before.mean();
  return rise;
}

}  // namespace rekindle::cluster
