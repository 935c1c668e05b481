// What holds whatever happens to messages, workers and leaders.
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <tuple>

#include "tests/unit/cluster/groups.hpp"

namespace rekindle {
namespace {

using test::GroupRun;

constexpr std::size_t samples = 3000;

const SampleTape& tape() {
  static const auto made =
      test::tape_of(test::samples_of({.seed = 7, .features = 5, .noise = 0.05, .drifts = {1500}, .changed = {1}, .flip = true}, samples));
  return made;
}

ClusterSimulationOptions any_trouble() {
  ClusterSimulationOptions options;
  options.workers = *rc::gen::inRange<std::size_t>(2, 8);
  options.seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
  options.sync_samples = *rc::gen::inRange<std::uint64_t>(20, 200);
  options.max_staleness = *rc::gen::inRange<std::uint64_t>(0, 4);
  options.faults.delay = *rc::gen::inRange(0, 100);
  options.faults.loss = *rc::gen::inRange(0, 60) / 100.0;
  options.faults.duplicate = *rc::gen::inRange(0, 50) / 100.0;
  for (std::size_t k = 0; k < options.workers; ++k) options.speeds.push_back(*rc::gen::inRange(1, 11));
  options.absences = {{*rc::gen::inRange<std::size_t>(0, options.workers), 500, 1200}};
  options.leader_deaths = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, samples));
  options.scaling = *rc::gen::element(cluster::RateScaling::none, cluster::RateScaling::linear, cluster::RateScaling::root);
  return options;
}

void all_agree_on_every_round(const GroupRun& run) {
  std::map<std::uint64_t, cluster::Round> rounds;
  for (const auto& one : run.begun) {
    const auto [known, is_new] = rounds.emplace(one.round.round, one.round);
    if (is_new) continue;
    RC_ASSERT(known->second.lr == one.round.lr);
    RC_ASSERT(known->second.generation == one.round.generation);
    RC_ASSERT(known->second.term == one.round.term);
    RC_ASSERT(known->second.clock == one.round.clock);
  }
}

void nobody_goes_back(const GroupRun& run) {
  std::map<std::size_t, cluster::Round> last;
  for (const auto& one : run.begun) {
    const auto before = last.find(one.worker);
    if (before != last.end()) {
      RC_ASSERT(one.round.round > before->second.round);
      RC_ASSERT(one.round.term >= before->second.term);
      RC_ASSERT(one.round.generation >= before->second.generation);
      RC_ASSERT(one.round.clock.updates >= before->second.clock.updates);
    }
    last.insert_or_assign(one.worker, one.round);
  }
  // And what a worker learns at is its newest round's rate.
  for (const auto& [worker, round] : last) RC_ASSERT(run.group.learner(worker).lr() == round.lr);
}

RC_GTEST_PROP(AGroupInTrouble, AgreesOnRateAndGenerationOfEveryRound, ()) {
  const GroupRun run(any_trouble(), test::group_spec(), tape());
  all_agree_on_every_round(run);
  nobody_goes_back(run);
}

RC_GTEST_PROP(AGroupInTrouble, LearnsEverySampleOnce, ()) {
  const GroupRun run(any_trouble(), test::group_spec(), tape());
  RC_ASSERT(run.learned() == samples);
  RC_ASSERT(run.group.leader()->round().clock.samples <= samples);
}

RC_GTEST_PROP(AGroupInTrouble, EndsInTheSameStateAgain, ()) {
  const auto options = any_trouble();
  const auto spec = test::group_spec();
  RC_ASSERT(GroupRun(options, spec, tape()).group.state_hash() == GroupRun(options, spec, tape()).group.state_hash());
}

RC_GTEST_PROP(AGroupInTrouble, LearnsAtTheSchedulesRateOfTheRoundsStep, ()) {
  auto options = any_trouble();
  options.scaling = cluster::RateScaling::none;
  test::Recipe recipe;
  recipe.policy = "none";
  const auto spec = test::group_spec(recipe);
  const GroupRun run(options, spec, tape());
  const auto schedule = make_group_rate(spec);
  for (const auto& one : run.begun) RC_ASSERT(one.round.lr == schedule->rate(one.round.clock));
}

// Once all has been heard, there is one model: that of the leader.
RC_GTEST_PROP(AGroupWithoutTrouble, HoldsTheLeadersModelAndItsOwnProgress, ()) {
  ClusterSimulationOptions options;
  options.workers = *rc::gen::inRange<std::size_t>(2, 8);
  options.sync_samples = *rc::gen::inRange<std::uint64_t>(20, 200);
  const GroupRun run(options, test::group_spec(), tape());
  for (std::size_t k = 0; k < options.workers; ++k) {
    RC_ASSERT(run.group.leader()->model().version - run.group.worker(k)->version() <= 1);
    RC_ASSERT(run.group.worker(k)->counters().dropped == 0);
  }
  RC_ASSERT(run.group.stale_dropped() == 0);
}

}  // namespace
}  // namespace rekindle
