#include "app/ranking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>
#include <limits>

#include "app/bootstrap.hpp"
#include "app/summary.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

double loss_of(const Contestant& one) {
  const auto loss = one.learner().scores().metrics().front().second;
  return loss && std::isfinite(*loss) ? *loss : std::numeric_limits<double>::infinity();
}

// Those that had incidents beside two that need no input.
std::string detection_text(const std::vector<RankedRow>& rows, const std::vector<PlannedDrift>& truth) {
  std::vector<Judged> judged;
  const auto samples = rows.front().contestant->samples();
  std::vector<std::uint64_t> most;
  for (const auto& row : rows) {
    const auto& alarms = row.contestant->alarms();
    if (!alarms.empty()) judged.push_back({row.contestant->name(), score_alarms(alarms, truth, samples)});
    if (alarms.size() > most.size()) most = alarms;
  }
  const auto dummies = judge("", most, truth, samples);
  judged.insert(judged.end(), dummies.begin() + 1, dummies.end());
  return judged_text(judged, samples);
}

}  // namespace

std::vector<RankedRow> ranked(const std::vector<Contestant>& contestants, std::uint64_t seed) {
  std::vector<RankedRow> rows;
  for (const auto& one : contestants) rows.push_back({&one, loss_of(one)});
  std::ranges::stable_sort(rows, {}, &RankedRow::loss);
  const auto& best = *rows.front().contestant;
  for (auto& row : rows) {
    row.difference = row.loss - rows.front().loss;
    std::vector<double> differences;
    const auto blocks = std::min(row.contestant->blocks().size(), best.blocks().size());
    for (std::size_t i = 0; i < blocks; ++i) differences.push_back(row.contestant->blocks()[i] - best.blocks()[i]);
    row.p = row.contestant == &best ? 1 : block_bootstrap_p(differences, seed);
  }
  return rows;
}

json::array ranking_json(const std::vector<RankedRow>& rows, const std::vector<PlannedDrift>* truth) {
  json::array out;
  for (const auto& row : rows) {
    const auto& learner = row.contestant->learner();
    json::object metrics;
    for (const auto& [name, value] : learner.scores().metrics()) metrics[name] = json_number(value);
    out.push_back(json::object{{"config", row.contestant->name()},
                               {"loss", json_number(row.loss)},
                               {"metrics", std::move(metrics)},
                               {"incidents", row.contestant->incidents()},
                               {"restarts", learner.counters().restarts_total()},
                               {"seconds", row.contestant->seconds()},
                               {"difference", json_number(row.difference)},
                               {"p", row.p}});
    if (truth == nullptr) continue;
    const auto& one = *row.contestant;
    out.back().get_object()["truth"] = judged_json(score_alarms(one.alarms(), *truth, one.samples()));
  }
  return out;
}

std::string ranking_text(const std::vector<RankedRow>& rows, std::uint64_t samples, const std::vector<PlannedDrift>* truth) {
  std::size_t width = 6;
  for (const auto& row : rows) width = std::max(width, row.contestant->name().size());
  const auto second = rows.front().contestant->learner().scores().metrics()[1].first;
  auto out = fmt::format("{:>4}  {:<{}}  {:>10}  {:>10}  {:>9}  {:>8}  {:>10}  {:>6}  {:>8}\n", "rank", "config", width, "loss", second,
                         "incidents", "restarts", "difference", "p", "cpu s");
  int rank = 0;
  for (const auto& row : rows) {
    const auto& learner = row.contestant->learner();
    out += fmt::format("{:>4}  {:<{}}  {:>10.5f}  {:>10.4f}  {:>9}  {:>8}  {:>+10.5f}  {:>6.4f}  {:>8.3f}\n", ++rank,
                       row.contestant->name(), width, row.loss, learner.scores().metrics()[1].second.value_or(0),
                       row.contestant->incidents(), learner.counters().restarts_total(), row.difference, row.p, row.contestant->seconds());
  }
  if (truth != nullptr) out += "\n" + detection_text(rows, *truth) + "\n";
  return out + fmt::format("{} samples; difference and p against the first row, by a bootstrap of blocks of {} samples\n", grouped(samples),
                           contest_block);
}

}  // namespace rekindle
