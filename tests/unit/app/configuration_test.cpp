#include "app/configuration.hpp"

#include <gmock/gmock.h>

#include "app/sections.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using test::TemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Configuration configuration(const std::string& text) {
  Diagnostics diagnostics;
  auto out = check_configuration(read_toml_text(text, "r.toml", diagnostics), "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

const std::string necessary = "[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n";

TEST(Configuration, HasADefaultForEverythingElse) {
  const auto c = configuration(necessary);
  EXPECT_EQ(c.seed, 42U);
  EXPECT_EQ(c.log_level, "info");
  EXPECT_EQ(c.log_format, "logfmt");
  EXPECT_EQ(c.memory_limit, std::int64_t{2} << 30);
  EXPECT_EQ(c.source.type, SourceType::kafka);
  EXPECT_EQ(c.source.on_error, OnError::dead_letter);
  EXPECT_EQ(c.source.on_error_limit.share, 0.05);
  EXPECT_EQ(c.source.on_error_limit.window, 1000U);
  EXPECT_EQ(c.source.max_record_bytes, 1'048'576);
  EXPECT_THAT(c.kafka.topics, ElementsAre("t"));
  EXPECT_EQ(c.kafka.kafka.brokers, "localhost:9092");
  EXPECT_EQ(c.kafka.group, "rekindle");
  EXPECT_EQ(c.kafka.start, kafka::Start::earliest);
  EXPECT_EQ(c.kafka.on_data_loss, kafka::DataLossPolicy::stop);
  EXPECT_EQ(c.learner.schema.missing, MissingPolicy::reject);
  EXPECT_EQ(c.learner.schema.max_classes, 1000U);
  EXPECT_EQ(c.learner.scale, ScaleKind::fading);
  EXPECT_EQ(c.learner.fading_alpha, 0.001);
  EXPECT_EQ(c.learner.batch_size, 1U);
  EXPECT_EQ(c.learner.validation_every, 0U);
  EXPECT_EQ(c.learner.member.precision, Precision::float32);
  EXPECT_EQ(c.learner.member.optimizer.row->name, "rmsprop");
  EXPECT_EQ(c.learner.member.schedule.schedule.row->name, "cosine_restarts");
  EXPECT_EQ(c.learner.mode, LearnerMode::portfolio);
  EXPECT_EQ(c.learner.budget, PortfolioBudget::full);
  EXPECT_EQ(c.learner.drift.policy->name, "graded");
  EXPECT_EQ(c.learner.drift.trial.samples, 3000U);
  EXPECT_EQ(c.learner.drift.direction, DriftDirection::rises);
  EXPECT_EQ(c.learner.drift.cooldown, 1000U);
  EXPECT_EQ(c.learner.drift.max_per_million, 100U);
  ASSERT_EQ(c.learner.drift.detectors.size(), 1U);
  EXPECT_EQ(c.learner.drift.detectors[0].name, "adwin");
  EXPECT_EQ(c.checkpoint.directory, "state");
  EXPECT_EQ(c.checkpoint.every_seconds, 10);
  EXPECT_EQ(c.checkpoint.every_samples, 0U);
  EXPECT_EQ(c.checkpoint.keep, 3);
  EXPECT_EQ(c.http.listen, "127.0.0.1:9464");
  EXPECT_EQ(c.http.max_body_bytes, 1'048'576U);
  EXPECT_EQ(c.http.max_connections, 256U);
  EXPECT_EQ(c.dead_letter_topic, "t.dead");
}

TEST(Configuration, TakesEveryKeyOfEverySection) {
  const auto c = configuration(R"(
seed = 7
memory_limit = "64 MiB"
log_level = "debug"
log_format = "json"
[source]
type = "kafka"
topics = ["a", "b"]
group = "g"
start = 2026-11-23T10:00:00Z
format = "json"
on_error = "skip"
on_error_limit = "1.5% of 200"
on_data_loss = "skip"
max_record_bytes = "1 KiB"
[kafka]
brokers = "h:1,h:2"
[kafka.properties]
"security.protocol" = "plaintext"
"socket.timeout.ms" = 5000
[schema]
task = "multiclass"
label = "truth"
features = ["p", "q"]
classes = ["x", "y", "z"]
max_classes = 50
weight = "w"
id = "key"
time = "ts"
missing = "mean"
[preprocess]
scale = "none"
fading_alpha = 0.01
[model]
type = "linear"
loss = "softmax"
label_smoothing = 0.1
precision = "float64"
[learner]
mode = "single"
batch_size = 8
validation_every = 10
[optimizer]
type = "adam"
betas = [0.8, 0.9]
clip_norm = 5
reset_every = 1000
[schedule]
type = "step"
lr = 0.5
step_size = 100
gamma = 0.5
unit = "epochs"
epoch_samples = 500
warmup = { steps = 10, start_factor = 0.1, kind = "constant" }
lr_min = 0.001
lr_max = 0.9
[drift]
policy = "alarm"
direction = "both"
cooldown = 50
max_per_million = 10
votes = 2
[[drift.detectors]]
type = "adwin"
delta = 0.01
[[drift.detectors]]
type = "adwin"
on = "loss"
[checkpoint]
directory = "here"
every = "2m"
every_samples = 1000
keep = 5
store = "file"
[output]
dead_letter = "bad"
delivery = "at_least_once"
[http]
listen = ""
max_body_bytes = 10
max_connections = 2
[cluster]
mode = "single"
)");
  EXPECT_EQ(c.learner.seed, 7U);
  EXPECT_EQ(c.memory_limit, 64 << 20);
  EXPECT_EQ(c.log_level + c.log_format, "debugjson");
  EXPECT_THAT(c.kafka.topics, ElementsAre("a", "b"));
  EXPECT_EQ(c.kafka.group, "g");
  EXPECT_EQ(c.kafka.start, kafka::Start::time);
  EXPECT_EQ(c.kafka.start_time_ms, 1'795'428'000'000);
  EXPECT_EQ(c.source.on_error, OnError::skip);
  EXPECT_NEAR(c.source.on_error_limit.share, 0.015, 1e-15);
  EXPECT_EQ(c.source.on_error_limit.window, 200U);
  EXPECT_EQ(c.kafka.on_data_loss, kafka::DataLossPolicy::skip);
  EXPECT_EQ(c.source.max_record_bytes, 1024);
  EXPECT_EQ(c.kafka.max_record_bytes, 1024);
  EXPECT_EQ(c.kafka.kafka.brokers, "h:1,h:2");
  EXPECT_THAT(c.kafka.kafka.properties, ElementsAre(std::pair("security.protocol", "plaintext"), std::pair("socket.timeout.ms", "5000")));
  const auto& schema = c.learner.schema;
  EXPECT_EQ(schema.task, Task::multiclass);
  EXPECT_EQ(schema.label, "truth");
  EXPECT_THAT(schema.features, ElementsAre("p", "q"));
  EXPECT_THAT(schema.classes, ElementsAre("x", "y", "z"));
  EXPECT_EQ(schema.max_classes, 50U);
  EXPECT_EQ(schema.weight + schema.id + schema.time, "wkeyts");
  EXPECT_EQ(schema.missing, MissingPolicy::mean);
  EXPECT_EQ(c.learner.scale, ScaleKind::none);
  EXPECT_EQ(c.learner.fading_alpha, 0.01);
  const auto& member = c.learner.member;
  EXPECT_EQ(member.precision, Precision::float64);
  EXPECT_EQ(member.loss.row->name, "softmax");
  EXPECT_EQ(member.loss.parameters.real("label_smoothing"), 0.1);
  EXPECT_EQ(c.learner.batch_size, 8U);
  EXPECT_EQ(c.learner.validation_every, 10U);
  EXPECT_EQ(member.optimizer.row->name, "adam");
  EXPECT_THAT(member.optimizer.parameters.reals("betas"), ElementsAre(0.8, 0.9));
  EXPECT_EQ(member.reset_every, 1000U);
  EXPECT_EQ(member.schedule.lr, 0.5);
  EXPECT_EQ(member.schedule.schedule.row->name, "step");
  EXPECT_EQ(member.schedule.schedule.parameters.real("step_size"), 100);
  EXPECT_EQ(member.schedule.unit, StepUnit::epochs);
  EXPECT_EQ(member.schedule.epoch_samples, 500);
  EXPECT_EQ(member.schedule.warmup.steps, 10);
  EXPECT_EQ(member.schedule.warmup.start_factor, 0.1);
  EXPECT_EQ(member.schedule.warmup.kind, WarmupKind::constant);
  EXPECT_EQ(member.schedule.lr_min, 0.001);
  EXPECT_EQ(member.schedule.lr_max, 0.9);
  const auto& drift = c.learner.drift;
  EXPECT_EQ(drift.policy->name, "alarm");
  EXPECT_EQ(drift.direction, DriftDirection::both);
  EXPECT_EQ(drift.cooldown, 50U);
  EXPECT_EQ(drift.max_per_million, 10U);
  EXPECT_EQ(drift.votes, 2U);
  ASSERT_EQ(drift.detectors.size(), 2U);
  EXPECT_EQ(drift.detectors[0].name, "adwin");
  EXPECT_EQ(drift.detectors[0].detector.parameters.real("delta"), 0.01);
  EXPECT_EQ(drift.detectors[1].name, "adwin_2");
  EXPECT_EQ(drift.detectors[1].on, DriftInput::loss);
  EXPECT_EQ(c.checkpoint.directory, "here");
  EXPECT_EQ(c.checkpoint.every_seconds, 120);
  EXPECT_EQ(c.checkpoint.every_samples, 1000U);
  EXPECT_EQ(c.checkpoint.keep, 5);
  EXPECT_EQ(c.dead_letter_topic, "bad");
  EXPECT_EQ(c.http.listen, "");
  EXPECT_EQ(c.http.max_body_bytes, 10U);
  EXPECT_EQ(c.http.max_connections, 2U);
}

TEST(Configuration, ChoosesTheLossByTheTask) {
  for (const auto& [task, loss] : {std::pair("regression", "squared"), {"binary", "logistic"}, {"multiclass", "softmax"}}) {
    const auto c = configuration(fmt::format("[source]\ntopic = \"t\"\n[schema]\ntask = \"{}\"\nlabel = \"y\"\n", task));
    EXPECT_EQ(c.learner.member.loss.row->name, loss);
  }
}

TEST(Configuration, CountsClassesFromZero) {
  EXPECT_THAT(
      configuration("[source]\ntopic = \"t\"\n[schema]\ntask = \"multiclass\"\nlabel = \"y\"\nclasses = 3\n").learner.schema.classes,
      ElementsAre("0", "1", "2"));
  EXPECT_THAT(configuration(necessary + "classes = [-1, 1]\n").learner.schema.classes, ElementsAre("-1", "1"));
}

TEST(Configuration, GivesAScheduleTheRateOfItsOptimizer) {
  for (const auto& row : optimizers()) {
    const auto c = configuration(necessary + fmt::format("[optimizer]\ntype = \"{}\"\n[schedule]\ntype = \"constant\"\n", row.name));
    EXPECT_EQ(c.learner.member.schedule.lr, row.make.default_lr) << row.name;
  }
}

TEST(Configuration, IsAPortfolioWhereNeitherOptimizerNorScheduleIsNamed) {
  EXPECT_EQ(configuration(necessary).learner.mode, LearnerMode::portfolio);
  EXPECT_EQ(configuration(necessary + "[learner]\nbudget = \"lite\"\n").learner.budget, PortfolioBudget::lite);
  EXPECT_EQ(configuration(necessary + "[optimizer]\ntype = \"sgd\"\n").learner.mode, LearnerMode::single);
  EXPECT_EQ(configuration(necessary + "[schedule]\ntype = \"constant\"\n").learner.mode, LearnerMode::single);
  const auto single = configuration(necessary + "[learner]\nmode = \"single\"\n").learner;
  EXPECT_EQ(single.mode, LearnerMode::single);
  EXPECT_EQ(single.member.optimizer.row->name, "rmsprop");
  EXPECT_EQ(single.member.schedule.schedule.row->name, "cosine_restarts");
}

TEST(Configuration, TakesResponsesBySeverityAndByKind) {
  const auto drift = configuration(necessary +
                                   "[drift.responses]\nmild = { hold = true }\nmoderate = { restart = true, warmup = 7 }\n"
                                   "gradual = { bump = 3.0, trial = [\"fresh\", \"memory\"] }\n[drift.trial]\nsamples = 500\nmemory = 2\n")
                         .learner.drift;
  EXPECT_TRUE(drift.responses.by_severity[0].holds());
  const auto& moderate = drift.responses.by_severity[1];
  EXPECT_TRUE(moderate.restart);
  EXPECT_EQ(moderate.warmup, 7);
  EXPECT_THAT(moderate.trial, ElementsAre()) << "a row replaces the default one whole";
  EXPECT_THAT(drift.responses.by_severity[2].trial, ElementsAre(Challenger::fresh, Challenger::memory)) << "the others keep theirs";
  ASSERT_TRUE(drift.responses.by_kind[1]);
  EXPECT_EQ(drift.responses.by_kind[1]->bump, 3);
  EXPECT_EQ(drift.trial.samples, 500U);
  EXPECT_EQ(drift.trial.earliest, 100U);
  EXPECT_EQ(drift.trial.memory, 2U);
}

TEST(Configuration, GivesTheOneItsDefaultWhereOnlyTheOtherIsNamed) {
  const auto by_optimizer = configuration(necessary + "[optimizer]\ntype = \"sgd\"\n");
  EXPECT_EQ(by_optimizer.learner.member.optimizer.row->name, "sgd");
  EXPECT_EQ(by_optimizer.learner.member.schedule.schedule.row->name, "cosine_restarts");
  EXPECT_EQ(by_optimizer.learner.member.schedule.lr, 0.01);
  const auto by_schedule = configuration(necessary + "[schedule]\ntype = \"constant\"\n");
  EXPECT_EQ(by_schedule.learner.member.optimizer.row->name, "rmsprop");
  EXPECT_EQ(by_schedule.learner.member.schedule.schedule.row->name, "constant");
}

// The same rate, written or by default, is the same schedule: a restart goes on where it was.
TEST(Configuration, KnowsAScheduleByWhatItDoes) {
  const auto identity = [](const std::string& text) { return configuration(necessary + text).learner.member.schedule.identity(); };
  const auto plain = identity("[optimizer]\ntype = \"sgd\"\n[schedule]\ntype = \"step\"\nstep_size = 10\n");
  EXPECT_EQ(identity("[optimizer]\ntype = \"sgd\"\n[schedule]\nstep_size = 10.0\ngamma = 0.1\nlr = 0.01\ntype = \"step\"\nlr_max = 5\n"),
            plain);
  EXPECT_NE(identity("[optimizer]\ntype = \"sgd\"\n[schedule]\ntype = \"step\"\nstep_size = 11\n"), plain);
  EXPECT_NE(identity("[optimizer]\ntype = \"sgd\"\n[schedule]\ntype = \"step\"\nstep_size = 10\nunit = \"samples\"\n"), plain);
}

TEST(Configuration, TakesADefaultOfALaterVersionWrittenOut) {
  (void)configuration(necessary +
                      "categorical = []\nlabel_timeout = \"1h\"\n[cluster]\nmax_staleness = 2\n[learner]\nshadow = true\nbase_batch_size = "
                      "1\n[checkpoint]\njournal = true\n");
}

Configuration loaded(const ConfigurationInput& input) {
  Diagnostics diagnostics;
  auto out = load_configuration(input, diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

TEST(Configuration, LetsAFlagWinOverTheEnvironmentAndThatOverTheFile) {
  const TemporaryFile file(necessary + "[drift]\npolicy = \"none\"\ncooldown = 1\nvotes = 1\n");
  const auto c = loaded({file.path(),
                         {{"drift.policy", "alarm"}, {"checkpoint.every", "5s"}},
                         {{"REKINDLE__DRIFT__POLICY", "restart"}, {"REKINDLE__DRIFT__COOLDOWN", "2"}, {"REKINDLE__SEED", "9"}}});
  EXPECT_EQ(c.learner.drift.policy->name, "alarm");
  EXPECT_EQ(c.learner.drift.cooldown, 2U);
  EXPECT_EQ(c.seed, 9U);
  EXPECT_EQ(c.checkpoint.every_seconds, 5);
}

TEST(Configuration, LetsTheLastOfTwoFlagsWin) {
  const TemporaryFile file(necessary);
  EXPECT_EQ(loaded({file.path(), {{"seed", "1"}, {"seed", "2"}}, {}}).seed, 2U);
}

TEST(Configuration, ReachesScheduleKeysWithACapitalFromTheEnvironment) {
  const TemporaryFile file(necessary + "[schedule]\ntype = \"cosine_restarts\"\nT_0 = 1\n");
  const auto c = loaded({file.path(), {}, {{"REKINDLE__SCHEDULE__T_0", "77"}, {"REKINDLE__SCHEDULE__T_MULT", "3"}}});
  EXPECT_EQ(c.learner.member.schedule.schedule.parameters.real("T_0"), 77);
  EXPECT_EQ(c.learner.member.schedule.schedule.parameters.real("T_mult"), 3);
}

TEST(Configuration, NamesTheFlagOrTheVariableOfAMistake) {
  const TemporaryFile file(necessary);
  Diagnostics diagnostics;
  (void)load_configuration({file.path(), {{"drift.policy", "never"}, {"seeed", "1"}}, {{"REKINDLE__LEARNER__BATCH_SIZE", "none"}}},
                           diagnostics);
  EXPECT_EQ(test::texts(diagnostics),
            "--set seeed: seeed: unknown key; did you mean \"seed\"?\n"
            "REKINDLE__LEARNER__BATCH_SIZE: learner.batch_size: must be an integer, got \"none\"\n"
            "--set drift.policy: drift.policy: must be one of none, alarm, restart, graded, got \"never\"\n");
}

TEST(Configuration, ReadsSecretsFromTheirFilesAndKeepsThemToItself) {
  const TemporaryFile secret("hunter2\n");
  const auto c = configuration(necessary + fmt::format("[kafka.secrets]\n\"sasl.password\" = \"{}\"\n", secret.path()));
  EXPECT_THAT(c.kafka.kafka.properties, ElementsAre(std::pair("sasl.password", "hunter2")));
  EXPECT_THAT(c.text, ::testing::Not(HasSubstr("hunter2")));
}

// What `text` says is a configuration again, and the same one.
TEST(Configuration, ReadsBackWhatItWritesOut) {
  for (const auto* more : {"",
                           "[optimizer]\ntype = \"adam\"\n[schedule]\ntype = \"exponential\"\ngamma = 0.5\nwarmup = { steps = 3 "
                           "}\n[[drift.detectors]]\ntype = \"adwin\"\n"
                           "[kafka.properties]\n\"socket.timeout.ms\" = 5000\n[checkpoint]\nevery = \"200ms\"\n"}) {
    const auto once = configuration(necessary + more);
    const auto again = configuration(once.text);
    EXPECT_EQ(again.text, once.text);
    EXPECT_EQ(again.learner.member.schedule.identity(), once.learner.member.schedule.identity());
    EXPECT_EQ(again.checkpoint.every_seconds, once.checkpoint.every_seconds);
  }
}

TEST(Sections, SayWhatEveryKeyMeans) {
  for (const auto& section : sections()) {
    EXPECT_NE(section.meaning, "") << section.name;
    for (const auto& key : section.keys) EXPECT_NE(key.meaning, "") << section.name << "." << key.name;
  }
  for (const auto& key : schedule_section_keys()) EXPECT_NE(key.meaning, "") << key.name;
}

TEST(Rows, SayWhatTheyAndTheirParametersMean) {
  const auto look = [](const auto& rows) {
    for (const auto& row : rows) {
      EXPECT_NE(row.meaning, "") << row.name;
      for (const auto& key : row.parameters) EXPECT_NE(key.meaning, "") << row.name << "." << key.name;
    }
  };
  look(schedules());
  look(optimizers());
  look(losses());
  look(detectors());
  look(policies());
}

}  // namespace
}  // namespace rekindle
