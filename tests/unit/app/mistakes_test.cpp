#include <gmock/gmock.h>

#include "app/configuration.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

std::string mistakes(const std::string& text) {
  Diagnostics diagnostics;
  const auto table = read_toml_text(text, "r.toml", diagnostics);
  if (!diagnostics.failed()) (void)check_configuration(table, "r.toml", diagnostics);
  return test::texts(diagnostics);
}

// Five lines that are right; what a case adds begins in line 6.
const std::string right = "[source]\ntopics = [\"t\"]\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n";

struct Mistake {
  const char* text;
  std::string line;
};

// "one of a, b": whatever a registry holds today.
template <class Row>
std::string one_of(std::span<const Row> rows) {
  return fmt::format("one of {}", fmt::join(row_names(rows), ", "));
}

TEST(Mistakes, AreTakenForNoneWhereThereAreNone) {
  EXPECT_EQ(mistakes(right), "");
  EXPECT_EQ(mistakes("[source]\ntype = \"file\"\npath = \"-\"\n[schema]\ntask = \"regression\"\nlabel = \"y\"\n"), "");
}

TEST(Mistakes, BehindARightBeginningAreNamedWithPlaceAndKey) {
  const std::vector<Mistake> cases = {
      {"features = []", "6:12: schema.features: must name at least one field, or be left out"},
      {"features = [\"a\", \"a\"]", "6:18: schema.features: \"a\" is there twice"},
      {"features = [\"a\", \"y\"]", "6:18: schema.features: \"y\" has another role in this schema"},
      {"features = \"a\"", "6:12: schema.features: must be an array of strings, got \"a\""},
      {"classes = 1", "6:11: schema.classes: must be between 2 and max_classes, got 1"},
      {"classes = [\"a\"]", "6:11: schema.classes: must name at least two classes"},
      {"classes = [\"a\", \"b\", \"c\"]", "6:11: schema.classes: a binary task has two classes, got 3"},
      {"classes = [\"a\", \"a\"]", "6:11: schema.classes: \"a\" is there twice"},
      {"classes = true", "6:11: schema.classes: must be a list of names, or how many"},
      {"max_classes = 1", "6:15: schema.max_classes: must be >= 2 and <= 100000, got 1"},
      {"weight = \"y\"", "6:10: schema.weight: \"y\" is the label already"},
      {"id = \"\"", "6:6: schema.id: must not be empty"},
      {"missing = \"drop\"", "6:11: schema.missing: must be one of reject, zero, mean, got \"drop\""},
      {"labels_topic = \"late\"", "6:16: schema.labels_topic: needs schema.id, by which a label finds its sample"},
      {"id = \"id\"\nlabels_topic = \"\"", "7:16: schema.labels_topic: must not be empty"},
      {"label_timeout = \"0s\"", "6:17: schema.label_timeout: must be > 0, got 0"},
      {"id = \"id\"\nlabels_topic = \"late\"\nclasses = [\"a\", \"b\"]\non_label_timeout = \"c\"",
       "9:20: schema.on_label_timeout: must be \"drop\" or one of the classes a, b, got \"c\""},
      {"wieght = \"w\"", "6:1: schema.wieght: unknown key; did you mean \"weight\"?"},
      {"[preprocess]\nscale = \"z\"", "7:9: preprocess.scale: must be one of none, fading, standard, minmax, got \"z\""},
      {"[preprocess]\nfading_alpha = 0", "7:16: preprocess.fading_alpha: must be > 0 and <= 1, got 0"},
      {"[model]\ntype = \"mpl\"", "7:8: model.type: must be one of linear, mlp, got \"mpl\"; did you mean \"mlp\"?"},
      {"[model]\nloss = \"squared\"", "7:8: model.loss: squared is not a loss for a binary task"},
      {"[model]\nloss = \"logistik\"", "7:8: model.loss: must be " + one_of(losses()) + ", got \"logistik\"; did you mean \"logistic\"?"},
      {"[model]\nlabel_smoothing = 1.5", "7:19: model.label_smoothing: must be >= 0 and < 1, got 1.5"},
      {"[model]\nhidden = [32]", "7:10: model.hidden: is for type = \"mlp\""},
      {"[model]\ndropout = 0.5", "7:11: model.dropout: is for type = \"mlp\""},
      {"[model]\ntype = \"mlp\"\nhidden = []", "8:10: model.hidden: must name 1 to 16 layers, got 0"},
      {"[model]\ntype = \"mlp\"\nhidden = [32, 0]", "8:10: model.hidden: every value must be >= 1 and <= 65536, got 0"},
      {"[model]\ntype = \"mlp\"\nhidden = [1.5]", "8:11: model.hidden: every value must be an integer, got 1.5"},
      {"[model]\ntype = \"mlp\"\nhidden = [60000, 60000]",
       "8:10: model.hidden: 3600180001 parameters want about 908437 MiB of memory with all their copies (265 bytes each), memory_limit is "
       "2048 MiB"},
      {"[model]\ntype = \"mlp\"\nactivation = \"selu\"",
       "8:14: model.activation: must be one of relu, tanh, gelu, got \"selu\"; did you mean \"relu\"?"},
      {"[model]\ntype = \"mlp\"\ndropout = 1", "8:11: model.dropout: must be >= 0 and < 1, got 1"},
      {"[model]\ninitial = \"/nowhere/at/all\"", "7:11: model.initial: /nowhere/at/all: No such file or directory"},
      {"[[model.layers]]\nname = \"hidden.0\"", "7:8: model.layers[0].name: must be one of output, got \"hidden.0\""},
      {"[[model.layers]]\nname = \"outptu\"", "7:8: model.layers[0].name: must be one of output, got \"outptu\"; did you mean \"output\"?"},
      {"[[model.layers]]\nname = \"output\"\n[[model.layers]]\nname = \"output\"", "9:8: model.layers[1].name: \"output\" is there twice"},
      {"[[model.layers]]\nname = \"output\"\nfrozn = true", "8:1: model.layers[0].frozn: unknown key; did you mean \"frozen\"?"},
      {"[[model.layers]]\nname = \"output\"\nlr_multiplier = -1", "8:17: model.layers[0].lr_multiplier: must be >= 0, got -1"},
      {"[[model.layers]]\nname = \"output\"\nschedule = { type = \"exponential\", gama = 0.5 }",
       "8:36: model.layers[0].schedule.gama: unknown key; did you mean \"gamma\"?"},
      {"[learner]\nbatch_size = 0", "7:14: learner.batch_size: must be >= 1 and <= 1000000, got 0"},
      {"[learner]\nbatch_size = 1.5", "7:14: learner.batch_size: must be an integer, got 1.5"},
      {"[learner]\nvalidation_every = -1", "7:20: learner.validation_every: must be >= 0, got -1"},
      {"[optimizer]\ntype = \"rmsprob\"",
       "7:8: optimizer.type: must be " + one_of(optimizers()) + ", got \"rmsprob\"; did you mean \"rmsprop\"?"},
      {"[optimizer]\nlr = 0.1", "6:2: optimizer.type: must be " + one_of(optimizers())},
      {"[optimizer]\ntype = \"adam\"\nbetas = [0.9, 2]", "8:9: optimizer.betas: every value must be >= 0 and < 1, got 2"},
      {"[optimizer]\ntype = \"adam\"\nbeta = 0.9", "8:1: optimizer.beta: unknown key; did you mean \"betas\"?"},
      {"[optimizer]\ntype = \"adam\"\nbetas = [0.9]", "7:8: optimizer: betas must be two numbers"},
      {"[optimizer]\ntype = \"sgd\"\nclip_norm = -1", "8:13: optimizer.clip_norm: must be >= 0, got -1"},
      {"[schedule]\nT_0 = 5", "6:2: schedule.type: must be " + one_of(schedules())},
      {"[schedule]\ntype = \"step\"", "7:8: schedule.step_size: is required"},
      {"[schedule]\ntype = \"exponential\"\ngamma = 0.9\ndecay_steps = 5",
       "7:8: schedule: takes gamma, or decay_rate with decay_steps, never both"},
      {"[schedule]\ntype = \"constant\"\nlr = inf", "8:6: schedule.lr: must be a finite number, got inf"},
      {"[schedule]\ntype = \"constant\"\nlr_min = 1\nlr_max = 0.5", "8:10: schedule.lr_min: must be <= lr_max, got 1 and 0.5"},
      {"[schedule]\ntype = \"constant\"\nwarmup = { start_factor = 0.1 }", "8:10: schedule.warmup.steps: is required"},
      {"[schedule]\ntype = \"constant\"\nwarmup = { steps = 5, kind = \"lin\" }",
       "8:30: schedule.warmup.kind: must be one of linear, exponential, constant, got \"lin\""},
      {"[schedule]\ntype = \"constant\"\nunit = \"hours\"",
       "8:8: schedule.unit: must be one of updates, samples, epochs, seconds, got \"hours\""},
      {"[drift]\npolicy = \"restarts\"",
       "7:10: drift.policy: must be one of none, alarm, restart, graded, got \"restarts\"; did you mean \"restart\"?"},
      {"[drift]\ncooldown = \"10s\"", "7:12: drift.cooldown: must be an integer, got \"10s\""},
      {"[drift]\nvotes = 2", "7:9: drift.votes: must be at most the number of detectors, 1"},
      {"[drift]\ndetectors = \"adwin\"", "7:13: drift.detectors: must be an array of tables, got \"adwin\""},
      {"[[drift.detectors]]\ntype = \"adwinn\"",
       "7:8: drift.detectors[0].type: must be " + one_of(detectors()) + ", got \"adwinn\"; did you mean \"adwin\"?"},
      {"[[drift.detectors]]\ntype = \"adwin\"\n[[drift.detectors]]\ntype = \"adwin\"\ndleta = 0.1",
       "10:1: drift.detectors[1].dleta: unknown key; did you mean \"delta\"?"},
      {"[[drift.detectors]]\ntype = \"adwin\"\non = \"accuracy\"",
       "8:6: drift.detectors[0].on: must be one of auto, error, loss, rank, gradient_norm, prediction, feature, got \"accuracy\""},
      {"[[drift.detectors]]\ntype = \"ddm\"\non = \"loss\"",
       "8:6: drift.detectors[0].on: ddm takes only 0 and 1, such as the error of a classification; adwin takes any number"},
      {"[[drift.detectors]]\ntype = \"psi\"",
       "7:8: drift.detectors[0].feature: is required: psi compares the values of a feature; or name what it watches with on"},
      {"[[drift.detectors]]\ntype = \"adwin\"\non = \"feature\"", "8:6: drift.detectors[0].feature: is required where on = \"feature\""},
      {"[[drift.detectors]]\ntype = \"adwin\"\non = \"loss\"\nfeature = \"x\"",
       "9:11: drift.detectors[0].feature: is only for on = \"feature\""},
      {"[[drift.detectors]]\ntype = \"adwin\"\nwindow = 0", "8:10: drift.detectors[0].window: must be >= 1 and <= 1000000, got 0"},
      {"[checkpoint]\nevery = \"10\"", "7:9: checkpoint.every: must be a duration such as \"10s\" (ms, s, m, h, d), got \"10\""},
      {"[checkpoint]\nevery = \"0s\"", "7:9: checkpoint.every: must be > 0, got 0"},
      {"[checkpoint]\ndirectory = \"\"", "7:13: checkpoint.directory: must not be empty"},
      {"[checkpoint]\nkeep = 0", "7:8: checkpoint.keep: must be >= 1 and <= 1000, got 0"},
      {"[checkpoint]\nstore = \"redis\"", "7:9: checkpoint.store: must be one of file, kafka, got \"redis\""},
      {"[http]\ntls_key = \"k\"", "7:11: http.tls_key: is the key of http.tls_certificate, which is missing"},
      {"[http]\ntls_certificate = \"c\"", "7:19: http.tls_certificate: needs its private key, http.tls_key"},
      {"[http]\ntls_certificate = \"/nowhere/c\"\ntls_key = \"k\"",
       "7:19: http.tls_certificate: cannot be read from /nowhere/c: No such file or directory"},
      {"[output]\nmodel = 3", "7:9: output.model: must be a topic or a folder, or a table { to, every, every_samples, keep }"},
      {"[output]\nmodel = \"t\"", "7:9: output.model: is a topic that is learned from: every record would make another"},
      {"[output]\nevents = \"e\"\nmodel = \"e\"", "8:9: output.model: is the topic of something else already"},
      {"[output]\nmodel = { every = \"1s\" }", "7:9: output.model.to: is required"},
      {"[output]\nmodel = { to = \"m\", evry = \"1s\" }", "7:21: output.model.evry: unknown key; did you mean \"every\"?"},
      {"[output]\nmodel = { to = \"./m\", keep = 0 }", "7:30: output.model.keep: must be >= 1 and <= 1000, got 0"},
      {"[output]\nevents = \"t\"", "7:10: output.events: is a topic that is learned from: every record would make another"},
      {"[output]\npredictions = \"a b\"",
       "7:15: output.predictions: must be a topic's name (letters, digits, \".\", \"_\" and \"-\"), got \"a b\""},
      {"[output]\ndelivery = \"exactly_once\"",
       "7:12: output.delivery: exactly_once needs checkpoint.store = \"kafka\": state, offsets and output are one transaction there"},
      {"[http]\nmax_body_bytes = \"1 MB\"", "7:18: http.max_body_bytes: must be a size such as \"64 MiB\", got \"1 MB\""},
      {"[http]\nmax_connections = 0", "7:19: http.max_connections: must be >= 1 and <= 100000, got 0"},
      {"[drift.responses]\nmidl = { hold = true }", "7:1: drift.responses.midl: unknown key; did you mean \"mild\"?"},
      {"[drift.responses]\nmild = 3", "7:8: drift.responses.mild: must be a table"},
      {"[drift.responses]\nmild = { bumb = 2.0 }", "7:10: drift.responses.mild.bumb: unknown key; did you mean \"bump\"?"},
      {"[drift.responses]\nmild = { trial = [\"frehs\"] }",
       "7:18: drift.responses.mild.trial: must be of restart, fresh, memory, got \"frehs\"; did you mean \"fresh\"?"},
      {"[drift.trial]\nfade = 1.0", "7:8: drift.trial.fade: must be >= 0 and < 1, got 1"},
      {"[learner]\nmode = \"portfolo\"",
       "7:8: learner.mode: must be one of single, portfolio, got \"portfolo\"; did you mean \"portfolio\"?"},
      {"[cluster]\nmode = \"groop\"", "7:8: cluster.mode: must be one of single, group, got \"groop\"; did you mean \"group\"?"},
      {"[cluster]\nmode = \"group\"",
       "7:8: cluster.mode: \"group\" needs checkpoint.store = \"kafka\": a partition moves between machines with its state"},
      {"[kafka.properties]\nsecurity.protocol = \"ssl\"",
       "7:1: kafka.properties.security: a dotted librdkafka key must be quoted, such as \"security.protocol\""},
      {"[kafka.properties]\n\"enable.auto.commit\" = true",
       "7:24: kafka.properties.enable.auto.commit: is set by rekindle, which keeps the position itself"},
      {"[kafka.secrets]\n\"sasl.password\" = 5",
       "7:19: kafka.secrets.sasl.password: must be the path of the file that holds the value (a dotted key must be quoted)"},
      {"[kafka.secrets]\n\"sasl.password\" = \"/nowhere/at/all\"",
       "7:19: kafka.secrets.sasl.password: cannot be read from /nowhere/at/all"},
      {"[drfit]\npolicy = \"none\"", "6:2: drfit: unknown section; did you mean \"drift\"?"},
  };
  for (const auto& [text, line] : cases) EXPECT_EQ(mistakes(right + text + "\n"), fmt::format("r.toml:{}\n", line)) << text;
}

TEST(Mistakes, InTheNecessarySectionsAreNamedWithPlaceAndKey) {
  const std::vector<Mistake> cases = {
      {"", "r.toml: source: this section is required\nr.toml: schema: this section is required"},
      {"[source]\ntopic = \"t\"\n[schema]\nlabel = \"y\"", "r.toml:3:2: schema.task: is required"},
      {"[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"", "r.toml:3:2: schema.label: is required"},
      {"[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"\"", "r.toml:5:9: schema.label: must not be empty"},
      {"[source]\ntopic = \"t\"\n[schema]\ntask = \"regression\"\nlabel = \"y\"\nclasses = 3",
       "r.toml:6:11: schema.classes: a regression has no classes"},
      {"[source]\n[schema]\ntask = \"binary\"\nlabel = \"y\"", "r.toml:1:2: source.topics: is required: at least one topic"},
      {"[source]\ntype = \"file\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"", "r.toml:1:2: source.path: is required for type = \"file\""},
      {"[source]\ntype = \"fil\"\npath = \"x\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:2:8: source.type: must be one of kafka, file, generate, got \"fil\"; did you mean \"file\"?"},
      {"[source]\ntopic = \"t\"\ntopics = [\"u\"]\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:2:9: source.topic: give topic or topics, not both"},
      {"[source]\ntopic = \"t\"\non_error_limit = \"5 of 1000\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:3:18: source.on_error_limit: must be like \"5% of 1000\", got \"5 of 1000\""},
      {"[source]\ntopic = \"t\"\nstart = \"yesterday\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:3:9: source.start: must be earliest, latest or a time such as 2026-11-23T10:00:00Z, got \"yesterday\""},
      {"[source]\ntopic = \"t\"\nmax_record_bytes = 0\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:3:20: source.max_record_bytes: must be >= 1, got 0"},
      {"seed = -1\n[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"", "r.toml:1:8: seed: must be >= 0, got -1"},
      {"sead = 1\n[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:1:1: sead: unknown key; did you mean \"seed\"?"},
      {"memory_limit = \"1 MiB\"\n[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"",
       "r.toml:1:16: memory_limit: must be >= 16777216, got 1048576"},
      {"http = 5\n[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"", "r.toml:1:8: http: must be a section"},
  };
  for (const auto& [text, lines] : cases) EXPECT_EQ(mistakes(text), fmt::format("{}\n", lines)) << text;
}

TEST(Mistakes, AreAllReportedAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(mistakes("sed = 1\n"
                     "[source]\n"
                     "topics = [\"t\"]\n"
                     "strat = \"latest\"\n"
                     "[schema]\n"
                     "task = \"binar\"\n"
                     "label = \"y\"\n"
                     "[optimizer]\n"
                     "type = \"adamm\"\n"
                     "[schedule]\n"
                     "type = \"constant\"\n"
                     "warmup = { steps = -1 }\n"),
            "r.toml:1:1: sed: unknown key; did you mean \"seed\"?\n"
            "r.toml:4:1: source.strat: unknown key; did you mean \"start\"?\n"
            "r.toml:6:8: schema.task: must be one of regression, binary, multiclass, got \"binar\"; did you mean \"binary\"?\n"
            "r.toml:9:8: optimizer.type: must be " +
                one_of(optimizers()) +
                ", got \"adamm\"; did you mean \"adam\"?\n"
                "r.toml:12:20: schedule.warmup.steps: must be >= 0, got -1\n");
}

TEST(Mistakes, OfSyntaxComeAlone) {
  const auto text = mistakes("[source\ntopics = 5\n");
  EXPECT_THAT(text, ::testing::StartsWith("r.toml:1:8: "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(mistakes(right + "label = \"again\"\n"), ::testing::StartsWith("r.toml:6:"));
}

}  // namespace
}  // namespace rekindle
