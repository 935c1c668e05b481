// A changed configuration meets an old state: the table of docs/ARCHITECTURE.md, through `check --against` and `run`.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <map>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::Contains;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

using Lines = std::vector<std::string>;

Lines texts(const json::value& list) {
  Lines all;
  for (const auto& one : list.as_array()) all.emplace_back(one.as_string());
  return all;
}

struct Plan {
  int code = 0;
  Lines kept;
  Lines changed;
  Lines refused;
  std::string error;
};

// By --json; the text says the same, line by line.
Plan check_against(const Deployment& deployment) {
  const auto done = run(command_line("check", deployment, {"--against", deployment.state.string(), "--json"}));
  const auto plan = json::parse(done.out);
  EXPECT_EQ(plan.at("ok").as_bool(), done.status.code == 0);
  EXPECT_EQ(text_at(plan, "/checkpoint"), checkpoints_in(deployment.state).back());
  const auto text = run(command_line("check", deployment, {"--against", deployment.state.string()}));
  EXPECT_EQ(text.status.code, done.status.code);
  Plan result{done.status.code, texts(plan.at("kept")), texts(plan.at("changed")), texts(plan.at("refused")), done.err};
  for (const auto& line : result.kept) EXPECT_THAT(text.out, HasSubstr("\n  kept     " + line + "\n"));
  for (const auto& line : result.changed) EXPECT_THAT(text.out, HasSubstr("\n  changed  " + line + "\n"));
  for (const auto& line : result.refused) EXPECT_THAT(text.out, HasSubstr("\n  refused  " + line + "\n"));
  return result;
}

// Of the newest checkpoint, by feature.
std::map<std::string, double> weights(const Deployment& deployment) {
  const auto model = json::parse(rekindle({"export", deployment.state.string(), "--format", "json"}).out);
  const auto names = texts(model.at_pointer("/schema/features"));
  const auto& values = model.at_pointer("/layers/0/values").as_array();
  EXPECT_EQ(names.size(), values.size());
  std::map<std::string, double> all;
  for (std::size_t i = 0; i < names.size(); ++i) all[names[i]] = values.at(i).to_number<double>();
  return all;
}

// A state of 3,000 samples, met by a changed configuration and one more record.
class Adaptation : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto calm = drifting_stream(9006);  // Its first drift is at 3,002.
    next_ = calm[3000];
    calm.resize(3000);
    deployment_ = deploy(calm);
    before_ = learn_until(deployment_, 3000);
    weights_before_ = weights(deployment_);
    ASSERT_THAT(weights_before_, testing::SizeIs(20));
  }

  // Starts the daemon with the changes, which says all of them, and learns one more record.
  json::value after(const Deployment& changed, const Lines& said) {
    produce_all(broker().address(), topic_name("samples"), Lines{replaced(next_, "{", "{\"extra\":1.5,")});
    Daemon daemon(changed);
    EXPECT_TRUE(daemon.reaches(3001)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
    for (const auto& one : said) EXPECT_THAT(daemon.log(), HasSubstr("event=configuration_changed what=\"" + one + "\""));
    if (said.empty()) {
      EXPECT_THAT(daemon.log(), Not(HasSubstr("configuration_changed")));
    }
    auto saved = inspect_json(changed.state);
    EXPECT_EQ(whole_at(saved, "/samples"), 3001);
    EXPECT_EQ(whole_at(saved, "/learned"), 3001);
    return saved;
  }
  // But for what one step may move them.
  void expect_weights_kept(const Deployment& changed, double step) const {
    for (const auto& [name, weight] : weights(changed)) {
      if (weights_before_.contains(name)) {
        EXPECT_THAT(weight, DoubleNear(weights_before_.at(name), step)) << name;
      }
    }
  }

  Deployment deployment_;
  std::string next_;  // One more record of the same concept.
  json::value before_;
  std::map<std::string, double> weights_before_;
};

TEST_F(Adaptation, TakesPolicyDetectorsBoundsLogAndOutput) {
  const auto changed = deployment_.with({"drift.policy=alarm", "drift.cooldown=77", "schedule.lr_max=0.5", "log_level=debug",
                                         "output.dead_letter=elsewhere", "drift.detectors=[{type='adwin',delta=0.01}]"});
  const auto plan = check_against(changed);
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.changed, IsEmpty());
  EXPECT_THAT(plan.kept, ElementsAre("features: all 20 kept", StartsWith("optimizer: rmsprop"), StartsWith("schedule: goes on")));
  const auto saved = after(changed, {});
  EXPECT_THAT(number_at(saved, "/lr"), DoubleNear(number_at(before_, "/lr"), 1e-4));
  expect_weights_kept(changed, 0.1);
  EXPECT_THAT(rekindle({"inspect", changed.state.string()}).out, AllOf(HasSubstr("policy = \"alarm\""), HasSubstr("cooldown = 77")));
}

TEST_F(Adaptation, StartsAChangedScheduleAnewWithTheOldWeights) {
  const auto changed = deployment_.with({"schedule.lr=0.04"});
  const auto plan = check_against(changed);
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.changed, ElementsAre("schedule: changed: weights kept, it starts anew"));
  EXPECT_THAT(number_at(before_, "/lr"), DoubleNear(0.0125, 1e-4));
  EXPECT_THAT(number_at(after(changed, plan.changed), "/lr"), DoubleNear(0.04, 1e-4));
  expect_weights_kept(changed, 0.2);
}

TEST_F(Adaptation, GivesAnotherOptimizerTheOldWeights) {
  const auto changed = deployment_.with({"optimizer.type=adam"});
  const auto plan = check_against(changed);
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.changed, ElementsAre("optimizer: rmsprop becomes adam: weights kept, new accumulators"));
  EXPECT_EQ(text_at(after(changed, plan.changed), "/optimizer"), "adam");
  expect_weights_kept(changed, 0.05);
}

TEST_F(Adaptation, MatchesFeaturesByName) {
  const auto changed = deployment_.with({R"(schema.features=["x19","extra","x0","x7"])"});
  const auto plan = check_against(changed);
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.changed, Contains("feature extra: new, starts at zero with fresh accumulators"));
  EXPECT_THAT(plan.changed, Contains("feature x1: no longer in the schema, its weights are dropped"));
  EXPECT_THAT(plan.changed, testing::SizeIs(18));
  after(changed, plan.changed);
  const auto now = weights(changed);
  EXPECT_THAT(now, UnorderedElementsAre(Key("extra"), Key("x0"), Key("x19"), Key("x7")));
  expect_weights_kept(changed, 0.05);
  EXPECT_THAT(now.at("extra"), DoubleNear(0, 0.2));
}

TEST_F(Adaptation, BeginsTheStatisticsOfAnotherScalingAnew) {
  const auto changed = deployment_.with({"preprocess.scale=none"});
  const auto plan = check_against(changed);
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.changed, ElementsAre("scaling: fading 0.001 becomes none: its statistics start anew"));
  after(changed, plan.changed);
  expect_weights_kept(changed, 0.1);
}

TEST_F(Adaptation, RefusesWhatCannotBeTakenOn) {
  auto classes = texts(before_.at("classes"));
  ASSERT_EQ(classes.size(), 2U);
  const std::map<std::string, Arguments> refused = {
      {"schema.task", {"schema.task=regression"}},
      {"model.precision", {"model.precision=float64"}},
      {"schema.classes", {"schema.classes=[\"" + classes[1] + "\",\"" + classes[0] + "\"]"}},
  };
  const auto files = checkpoints_in(deployment_.state);
  for (const auto& [key, settings] : refused) {
    SCOPED_TRACE(key);
    const auto changed = deployment_.with(settings);
    const auto plan = check_against(changed);
    EXPECT_EQ(plan.code, 78);
    EXPECT_THAT(plan.error, HasSubstr("--fresh"));
    EXPECT_THAT(plan.refused, ElementsAre(StartsWith(key + ": ")));
    const auto ended = run(command_line("run", changed));
    EXPECT_EQ(ended.status.code, 78);
    EXPECT_THAT(ended.err, AllOf(HasSubstr(key), HasSubstr("--fresh")));
    EXPECT_EQ(checkpoints_in(changed.state), files);
    EXPECT_EQ(inspect_json(changed.state), before_);
  }
}

TEST_F(Adaptation, FreshStartsAnewAndKeepsTheOldAside) {
  const auto changed = deployment_.with({"model.precision=float64"});
  const auto old = checkpoints_in(changed.state).back();
  Daemon daemon(changed, {"--fresh"});
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(text_at(inspect_json(changed.state), "/precision"), "float64");
  EXPECT_EQ(text_at(inspect_json(changed.state / "aside-1" / old.filename()), "/state_hash"), text_at(before_, "/state_hash"));
}

}  // namespace
}  // namespace rekindle::system_test
