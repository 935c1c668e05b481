#include "app/contest.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "app/bootstrap.hpp"
#include "app/rivals.hpp"
#include "app/toml.hpp"
#include "base/random.hpp"
#include "connectors/generate/streams.hpp"
#include "support/choices.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

Configuration configuration(const std::string& policy) {
  const auto text =
      "[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n[optimizer]\ntype = \"sgd\"\n[drift]\npolicy = \"" + policy +
      "\"\n";
  Diagnostics diagnostics;
  auto out = check_configuration(read_toml_text(text, "r.toml", diagnostics), "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

// 5,000 samples of which every hundredth is broken, the first as well.
std::string recording() {
  LogisticStream stream({.seed = 3, .drifts = {2500}});
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    stream.next();
    if (i % 100 == 0) {
      text += "rubbish";
    } else {
      stream.append_json(text);
    }
    text += "\n";
  }
  return text;
}

TEST(Contest, EndsWithEachLearnerAsIfItHadBeenAlone) {
  const test::TemporaryFile file(recording());
  std::vector<Contestant> contestants;
  const std::vector<std::string> policies_tried = {"none", "alarm", "restart"};
  for (const auto& policy : policies_tried) contestants.emplace_back(policy, configuration(policy).learner);
  Contest contest(std::move(contestants));
  const auto first = configuration("none");
  Session session(first);
  session.add_observer(contest);
  ErrorBudget budget(first.source.on_error_limit);
  RecordingPass pass({file.path(), {.samples = 4321}, "contest"}, first.source, session, budget);
  pass.let_follow(contest);
  ASSERT_TRUE(pass.run());
  ASSERT_TRUE(contest.started());
  for (std::size_t i = 0; i < policies_tried.size(); ++i) {
    const auto alone = configuration(policies_tried[i]);
    Session only(alone);
    RecordingPass again({file.path(), {.samples = 4321}, "alone"}, alone.source, only, budget);
    ASSERT_TRUE(again.run());
    EXPECT_EQ(contest.contestants()[i].learner().state_hash(), only.learner()->state_hash()) << policies_tried[i];
    EXPECT_EQ(contest.contestants()[i].blocks().size(), only.learner()->counters().labelled / contest_block);
  }
}

TEST(Rivals, AreNoResponseAndTwelveConstantRates) {
  const auto all = rival_specs(configuration("restart").learner);
  ASSERT_EQ(all.size(), 13U);
  EXPECT_EQ(all[0].first, "no response");
  EXPECT_EQ(all[1].first, "constant lr=0.0001");
  EXPECT_EQ(all[12].first, "constant lr=1");
  EXPECT_EQ(all[12].second.member.schedule.lr, 1);
}

TEST(Bootstrap, FindsADifferenceAndNoneWhereThereIsNone) {
  Random random(5);
  std::vector<double> none;
  std::vector<double> some;
  for (int i = 0; i < 200; ++i) {
    none.push_back(random.normal());
    some.push_back(random.normal() + 0.5);
  }
  EXPECT_GT(block_bootstrap_p(none, 1), 0.05);
  EXPECT_LT(block_bootstrap_p(some, 1), 0.01);
  EXPECT_EQ(block_bootstrap_p(some, 1), block_bootstrap_p(some, 1));
  EXPECT_EQ(block_bootstrap_p(std::vector<double>{1.0}, 1), 1);
  std::vector<double> many;
  for (int i = 0; i < 2'000'000; ++i) many.push_back(random.normal() + 0.01);
  EXPECT_EQ(values_a_block(many.size()), 2000U);
  EXPECT_LT(block_bootstrap_p(many, 1), 0.01) << "in bounded time";
  EXPECT_EQ(block_bootstrap_p(std::vector<double>(9, 0.0), 1), 1);
}

}  // namespace
}  // namespace rekindle
