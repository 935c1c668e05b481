#include "app/rate_race.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/contest.hpp"
#include "app/rivals.hpp"

namespace rekindle {

namespace {

constexpr double step = 0.5;  // Of log10(lr).

std::vector<Contestant> contestants_of(LearnerSpec spec, double low, double high) {
  spec.drift.policy = find_row(policies(), "none");
  spec.validation_every = 0;
  spec.shadow = false;
  std::vector<Contestant> all;
  for (double at = std::log10(low); at < std::log10(high) + step / 2; at += step) {
    const double lr = std::stod(fmt::format("{:.3g}", std::pow(10.0, at)));
    all.emplace_back(fmt::format("{}", lr), with_constant_rate(spec, lr));
  }
  return all;
}

}  // namespace

Result<RateRace> race_rates(const Configuration& configuration, const RecordingPassOptions& options, double low, double high,
                            std::vector<StateSection> state) {
  Contest contest(contestants_of(configuration.learner, low, high));
  Session session(configuration);
  session.add_observer(contest);
  if (!state.empty()) contest.start_from(std::move(state));
  ErrorBudget budget(configuration.source.on_error_limit);
  RecordingPass pass(options, configuration.source, session, budget);
  pass.let_follow(contest);
  if (auto status = pass.run(); !status) return tl::unexpected(status.error());
  if (!contest.status()) return tl::unexpected(contest.status().error());
  RateRace race;
  if (!contest.started()) return race;
  race.samples = contest.contestants().front().samples();
  for (const auto& one : contest.contestants()) {
    const auto loss = one.scores().metrics().front().second;
    if (loss) race.rates.push_back({one.spec().member.schedule.lr, *loss});
  }
  return race;
}

std::optional<double> best_rate(std::span<const RacedRate> race) {
  const auto is_usable = [](const RacedRate& one) { return std::isfinite(one.loss); };
  const auto first = std::ranges::find_if(race, is_usable);
  if (first == race.end()) return std::nullopt;
  const auto best =
      std::ranges::min_element(race, [&](const auto& a, const auto& b) { return is_usable(a) && (!is_usable(b) || a.loss < b.loss); });
  if (best == race.begin() || best + 1 == race.end() || !is_usable(*(best - 1)) || !is_usable(*(best + 1))) return best->lr;
  const double falls = (best - 1)->loss - best->loss;
  const double rises = (best + 1)->loss - best->loss;
  if (!(falls + rises > 0)) return best->lr;
  const double apart = std::log((best + 1)->lr / best->lr);
  return best->lr * std::exp(apart * 0.5 * (falls - rises) / (falls + rises));
}

}  // namespace rekindle
