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
  const auto loss = one.scores().metrics().front().second;
  return loss && std::isfinite(*loss) ? *loss : std::numeric_limits<double>::infinity();
}

json::object truth_json(const Contestant& one, const std::vector<PlannedDrift>& truth) {
  const auto rows = judge("", one.alarms(), truth, one.samples());
  auto out = judged_json(rows[0].score);
  out["never"] = judged_json(rows[1].score);
  out["every"] = judged_json(rows[2].score);
  out["every"].get_object()["k"] = dummy_interval(one.alarms().size(), one.samples());
  return out;
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

std::uint64_t block_samples(const std::vector<RankedRow>& rows) {
  std::size_t most = 1;
  for (const auto& row : rows) most = std::max(most, row.contestant->blocks().size());
  return contest_block * values_a_block(most);
}

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
    const auto& one = *row.contestant;
    json::object metrics;
    for (const auto& [name, value] : one.scores().metrics()) metrics[name] = json_number(value);
    out.push_back(json::object{{"config", one.name()},
                               {"loss", json_number(row.loss)},
                               {"metrics", std::move(metrics)},
                               {"incidents", one.incidents()},
                               {"restarts", one.restarts()},
                               {"seconds", one.seconds()},
                               {"state_bytes", one.state_bytes()},
                               {"difference", json_number(row.difference)},
                               {"p", row.p}});
    if (truth != nullptr) out.back().get_object()["truth"] = truth_json(one, *truth);
  }
  return out;
}

std::string ranking_text(const std::vector<RankedRow>& rows, std::uint64_t samples, const std::vector<PlannedDrift>* truth) {
  std::size_t width = 6;
  for (const auto& row : rows) width = std::max(width, row.contestant->name().size());
  const auto second = rows.front().contestant->scores().metrics()[1].first;
  auto out = fmt::format("{:>4}  {:<{}}  {:>10}  {:>10}  {:>9}  {:>8}  {:>10}  {:>6}  {:>8}  {:>9}\n", "rank", "config", width, "loss",
                         second, "incidents", "restarts", "difference", "p", "cpu s", "state KiB");
  int rank = 0;
  for (const auto& row : rows) {
    const auto& one = *row.contestant;
    out += fmt::format("{:>4}  {:<{}}  {:>10.5f}  {:>10.4f}  {:>9}  {:>8}  {:>+10.5f}  {:>6.4f}  {:>8.3f}  {:>9.1f}\n", ++rank, one.name(),
                       width, row.loss, one.scores().metrics()[1].second.value_or(0), one.incidents(), one.restarts(), row.difference,
                       row.p, one.seconds(), static_cast<double>(one.state_bytes()) / 1024);
  }
  if (truth != nullptr) out += "\n" + detection_text(rows, *truth) + "\n";
  return out + fmt::format("{} samples; difference and p against the first row, by a bootstrap of blocks of {} samples\n", grouped(samples),
                           block_samples(rows));
}

}  // namespace rekindle
