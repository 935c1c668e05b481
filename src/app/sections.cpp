#include "app/sections.hpp"

#include <algorithm>

#include "connectors/decode/registry.hpp"
#include "data/hashing.hpp"
#include "model/loss.hpp"
#include "model/make_model.hpp"

namespace rekindle {

namespace {

ParameterSpec size(std::string name, std::int64_t fallback) { return of_kind(std::move(name), ParameterKind::size).or_else(fallback); }
ParameterSpec duration(std::string name, double seconds) { return of_kind(std::move(name), ParameterKind::duration).or_else(seconds); }
ParameterSpec table(std::string name) { return of_kind(std::move(name), ParameterKind::table); }
ParameterSpec list(std::string name) { return of_kind(std::move(name), ParameterKind::strings); }
ParameterSpec none(std::string name) { return of_kind(std::move(name), ParameterKind::any); }

Section top_section() {
  return {"",
          "for the whole program",
          {integer("seed", 42).at_least(0).means("of every random draw"),
           size("memory_limit", std::int64_t{2} << 30).at_least(16 << 20).means("bounds the queue of records read ahead"),
           choice("log_level", {"error", "warn", "info", "debug"}, "info").means("least important line that is logged").can_reload(),
           choice("log_format", {"logfmt", "json"}, "logfmt").means("form of a log line")},
          {}};
}

Section source_section() {
  return {
      "source",
      "where samples come from",
      {choice("type", {"kafka", "file", "generate"}, "kafka").means("kind of source"),
       list("topics").means("Kafka topics; all their partitions are read"),
       text("topic").means("short form of one topic"),
       text("group", "rekindle").means("consumer group whose offsets are committed, for lag tools only"),
       text("start", "earliest").means("earliest, latest or a time, where no checkpoint says better"),
       choice("format", row_names(formats()), "json").means("form of a record"),
       choice("on_error", {"dead_letter", "skip", "stop"}, "dead_letter").means("what happens to a record that cannot be learned"),
       text("on_error_limit", "5% of 1000").means("share of the last records that may be unusable; above it `run` stops").can_reload(),
       choice("on_data_loss", {"stop", "skip"}, "stop").means("records that were to be learned are gone"),
       choice("on_lag", {"learn_all", "learn_1_in_k", "skip_to_latest"}, "learn_all").means("what is left out above lag_limit, for Kafka"),
       integer("lag_limit", 1'000'000).at_least(1).means("records behind the end, over all partitions"),
       integer("lag_k", 10)
           .at_least(2)
           .at_most(1'000'000)
           .means("for learn_1_in_k: one of so many is learned, until the lag is half the limit"),
       size("max_record_bytes", 1'048'576).at_least(1).means("longest record"),
       boolean("control", false).means("a record with a rekindle.control header is an operator's command, not a sample"),
       text("labels_path").means("file of labels that come later, with schema.labels_topic; by default X.labels.jsonl beside X.jsonl"),
       text("path").means("of a file, plain or compressed with gzip or zstd; \"-\" is standard input"),
       boolean("follow", false).means("wait at the end of the file for it to grow"),
       table("generator").means("of generated samples: { type, ... } as in `rekindle list generators`"),
       integer("samples", 100'000).at_least(1).means("how many samples are generated"),
       text("delimiter", ",").means("for csv: one character between two columns"),
       boolean("header", true).means("for csv: the first line of a file names the columns; otherwise they are c0, c1, ..."),
       text("schema_file").means("for avro and protobuf: the schema that all records were written with"),
       text("message").means("for protobuf: the type of a record; by default the first of the file"),
       none("registry").means("URL of a schema registry whose frame the records have; or { url, user, password_file, ca_file }")},
      {}};
}

Section kafka_section() {
  return {"kafka",
          "the Kafka cluster",
          {text("brokers", "localhost:9092").means("bootstrap servers; \"embedded\" is a mock cluster in this process"),
           table("properties").means("librdkafka's own keys, verbatim"),
           table("secrets").means("librdkafka key = the file that holds its value")},
          {}};
}

Section schema_section() {
  return {"schema",
          "what a record means",
          {choice("task", {"regression", "binary", "multiclass"}, std::nullopt).required().means("what is predicted"),
           text("label").required().means("field with the truth; null where it is not known yet"),
           list("features").means("fields to learn from; left out: every numeric field not named otherwise"),
           none("classes").means("a list of names, or how many; left out: as they come"),
           integer("max_classes", 1000).at_least(2).at_most(100'000).means("most classes that are taken in"),
           text("weight").means("field with the sample's weight"), text("id").means("field with the sample's id"),
           text("incumbent").means("field with the present system's prediction: scored beside ours, not learned from"),
           text("offset").means("field that is added to the raw score: a frozen model to keep alive"),
           text("time").means("field with the event time: ms since 1970 or RFC 3339"),
           list("categorical").or_else(Array{}).means("fields whose text is a feature; a number or boolean is taken as written"),
           text("labels_topic").means("topic of records with id and label: labels that come after their samples, joined by schema.id"),
           duration("label_timeout", 3600).above(0).means("of event time: how long a sample waits for its label"),
           size("label_buffer", std::int64_t{64} << 20).at_least(4096).means("most that is kept of samples and labels that wait"),
           text("on_label_timeout", "drop").means("a sample without a label in time: drop, or the class that it is learned as"),
           none("missing")
               .or_else(std::string("reject"))
               .means("a field that is absent, null or empty: reject, zero or mean (a category: none at all); or a table by field, "
                      "{ default = \"reject\", price = \"mean\" }")},
          {}};
}

Section preprocess_section() {
  return {"preprocess",
          "before the model",
          {choice("scale", {"none", "fading", "standard", "minmax"}, "fading").means("feature scaling"),
           real("fading_alpha", 0.001).above(0).at_most(1).means("rate at which fading forgets"),
           choice("encode", {"onehot", "hash"}, "onehot").means("categorical fields; onehot: a coordinate for each value as it comes"),
           integer("hash_bits", 18)
               .at_least(least_hash_bits)
               .at_most(most_hash_bits)
               .means("2^hash_bits coordinates for hashed features; also the most values that onehot takes in"),
           list("interactions")
               .or_else(Array{})
               .means("products: pairs of first letters of VW namespaces such as \"ab\", or of categorical fields such as \"a*b\"")},
          {}};
}

// The parameters of all losses, each once and without its default: who takes which is checked with the loss itself.
std::vector<ParameterSpec> loss_keys() {
  std::vector<ParameterSpec> keys;
  for (const auto& row : losses()) {
    for (auto key : row.parameters) {
      const auto same = std::ranges::find(keys, key.name, &ParameterSpec::name);
      if (same != keys.end()) {
        same->meaning += ", " + row.name;
        continue;
      }
      key.fallback.reset();
      key.meaning += "; for " + row.name;
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

Section model_section() {
  Section out = {"model",
                 "what learns",
                 {choice("type", {"linear", "mlp"}, "linear").means("kind of model"),
                  text("loss").means("by default squared, logistic or softmax, by task"),
                  choice("precision", {"float32", "float64", "bfloat16", "float16"}, "float32")
                      .means("of weights and arithmetic; with 16 bits the weights stay float32 and the loss is scaled"),
                  of_kind("hidden", ParameterKind::reals)
                      .at_least(1)
                      .at_most(static_cast<double>(ModelSpec::most_units))
                      .means("units of each hidden layer; for mlp, where the default is [32]"),
                  choice("activation", {"relu", "tanh", "gelu"}, "relu").means("of the hidden units; for mlp"),
                  real("dropout", 0).at_least(0).below(1).means("share of hidden units left out of a learning step; for mlp"),
                  text("initial").means("safetensors file with the first weights, of some or all layers"),
                  of_kind("layers", ParameterKind::tables).means("layers that learn otherwise than the rest")},
                 {}};
  for (auto& key : loss_keys()) out.keys.push_back(std::move(key));
  return out;
}

Section learner_section() {
  return {
      "learner",
      "how it learns",
      {choice("mode", {"single", "portfolio"}, std::nullopt)
           .means(
               "one learner with a schedule, or several of different rates; by default portfolio where neither [optimizer] nor [schedule] "
               "is named"),
       choice("budget", {"full", "lite"}, "full").means("members of a portfolio: four, or two"),
       integer("batch_size", 1).at_least(1).at_most(1'000'000).means("samples per update").can_reload(),
       integer("base_batch_size", 1).at_least(1).at_most(1'000'000).means("batch size that the learning rate is meant for").can_reload(),
       choice("scale_lr", {"none", "linear", "sqrt"}, "none")
           .means("factor on the rate: none, batch_size / base_batch_size, or its root")
           .can_reload(),
       boolean("shadow", true).means("learn at a constant rate beside, to tell what the schedule is worth"),
       integer("validation_every", 0).at_least(0).means("every k-th labelled sample is held out; 0: none"),
       table("guard").means("against divergence: { loss_factor, lr_factor, rollback }").can_reload(),
       table("plateau_bump").means("raise of a rate that no longer helps: { patience, factor, max_lr, decay_stretch }").can_reload()},
      {}};
}

Section drift_section() {
  return {
      "drift",
      "what is watched, and what is done",
      {choice("policy", {"none", "alarm", "restart", "graded"}, "graded").means("response to a drift").can_reload(),
       choice("direction", {"rises", "falls", "both"}, "rises").means("which changes count").can_reload(),
       integer("cooldown", 1000).at_least(0).means("samples after an incident in which no new one opens").can_reload(),
       integer("max_per_million", 100).at_least(0).means("incidents per million samples; beyond it alarms only").can_reload(),
       integer("votes", 1).at_least(1).means("detectors that must agree within the cooldown").can_reload(),
       real("false_alarms_per_million", 0).at_least(0).means("budget that sets the detectors' thresholds; 0: their own"),
       of_kind("detectors", ParameterKind::tables).means("what looks for drift; by default ADWIN on the error"),
       table("responses").means("what `graded` does, by severity and by kind"), table("trial").means("of challengers beside the champion")},
      {}};
}

Section checkpoint_section() {
  return {"checkpoint",
          "what survives",
          {text("directory", "state").means("where checkpoints are kept; one daemon each"),
           duration("every", 10).above(0).means("longest time between two checkpoints").can_reload(),
           integer("every_samples", 0).at_least(0).means("most samples between two; 0: by time only").can_reload(),
           integer("keep", 3).at_least(1).at_most(1000).means("how many are kept"),
           boolean("journal", true).means("the order of partitions and commands, for replay --journal"),
           choice("store", {"file", "kafka"}, "file").means("where to: files in the directory, or a compacted topic"),
           text("topic", "rekindle-state").means("for store = \"kafka\"; made where it is not there")},
          {}};
}

Section output_section() {
  return {
      "output",
      "what is written to Kafka",
      {text("predictions").means("topic of a record for each prediction; a record without its label field is predicted then"),
       text("events").means("topic of what happens: drifts, responses, restarts, checkpoints, commands"),
       text("dead_letter").means("topic of unusable records; by default the source topic + \".dead\""),
       choice("delivery", {"at_least_once", "exactly_once"}, "at_least_once")
           .means("of all topics; exactly_once needs checkpoint.store = \"kafka\" and publishes with each checkpoint"),
       none("model").means("topic, or a folder where there is a / in it, for the model itself, which `rekindle serve` predicts with; or "
                           "{ to, every, every_samples, keep }")},
      {}};
}

Section http_section() {
  return {"http",
          "metrics, status and health",
          {text("listen", "127.0.0.1:9464").means("address and port; \"\" switches it off"),
           text("token_file")
               .means("holds the bearer token that commands need, read again on reload; without one, commands come from this machine only"),
           size("max_body_bytes", 1'048'576).at_least(0).means("largest request body"),
           integer("max_connections", 256).at_least(1).at_most(100'000).means("most connections at once"),
           text("tls_certificate")
               .means("PEM file of the certificate and those above it: https instead of http; read again on reload")
               .can_reload(),
           text("tls_key").means("PEM file of its private key, without a passphrase, private to its owner").can_reload()},
          {}};
}

Section cluster_section() {
  return {
      "cluster",
      "several workers as one",
      {choice("mode", {"single", "group"}, "single")
           .means("one daemon that reads all partitions, or one of several in a consumer group; group needs checkpoint.store = \"kafka\""),
       integer("sync_samples", 5000)
           .at_least(1)
           .at_most(1'000'000'000)
           .means("samples that a worker learns between two publications of its weights' change"),
       integer("max_staleness", 2).at_least(0).at_most(1000).means("rounds of averaging; a change from before is dropped")},
      {}};
}

}  // namespace

std::span<const Section> sections() {
  static const std::vector<Section> all = {top_section(),
                                           source_section(),
                                           kafka_section(),
                                           schema_section(),
                                           preprocess_section(),
                                           model_section(),
                                           learner_section(),
                                           {"optimizer", "how weights move", {}, {}},
                                           {"schedule", "the learning rate", {}, {}},
                                           drift_section(),
                                           checkpoint_section(),
                                           output_section(),
                                           http_section(),
                                           cluster_section()};
  return all;
}

const Section& section(const std::string& name) { return *std::ranges::find(sections(), name, &Section::name); }

std::span<const ParameterSpec> registry_keys() {
  static const std::vector<ParameterSpec> keys = {
      text("url").required().means("http or https"),
      text("user").means("for basic authentication, with password_file"),
      text("password_file").means("holds the password; read at each request"),
      text("ca_file").means("authority that signed the registry's certificate; by default the system's"),
  };
  return keys;
}

std::span<const ParameterSpec> guard_keys() {
  static const std::vector<ParameterSpec> keys = {
      real("loss_factor", 10).above(1).means("fast loss above this many times the slow loss: diverged"),
      real("lr_factor", 0.5).above(0).at_most(1).means("factor on the rate until the next restart"),
      boolean("rollback", true).means("go back to the last good state"),
  };
  return keys;
}

std::span<const ParameterSpec> model_output_keys() {
  static const std::vector<ParameterSpec> keys = {
      text("to").required().means("topic, or a folder where there is a / in it"),
      duration("every", 10).above(0).means("time between two models"),
      integer("every_samples", 0).at_least(0).means("most samples between two; 0: by time only"),
      integer("keep", 3).at_least(1).at_most(1000).means("files that a folder keeps"),
  };
  return keys;
}

std::span<const ParameterSpec> response_keys() {
  static const std::vector<ParameterSpec> keys = {
      boolean("hold", false).means("nothing is done, whatever else is there"),
      real("bump", 1).at_least(1).means("factor on the rate"),
      real("decay_stretch", 2).at_least(1).means("after a bump the schedule decays this much slower"),
      real("forget", 0).at_least(0).at_most(1).means("share of the optimizer's accumulators to drop"),
      boolean("restart", false).means("warm restart of the schedule"),
      integer("warmup", 100).at_least(0).means("samples of a linear warm-up after a restart, where the schedule has none"),
      of_kind("trial", ParameterKind::strings).means("challengers beside the champion: restart, fresh, memory"),
      table("cycle").means("gentle cycling of the rate: { factor, period }"),
  };
  return keys;
}

std::span<const ParameterSpec> plateau_bump_keys() {
  static const std::vector<ParameterSpec> keys = {
      integer("patience", 0).at_least(0).means("updates without improvement of the smoothed loss; 0: off"),
      real("factor", 2).above(1).means("factor on the rate"),
      real("max_lr", 1).above(0).means("no raise above it; where it is not written, also none above ten times the schedule's own peak"),
      real("decay_stretch", 2).at_least(1).means("the decay after the bump is this much slower"),
  };
  return keys;
}

std::span<const ParameterSpec> cycle_keys() {
  static const std::vector<ParameterSpec> keys = {
      real("factor", 2).at_least(1).means("at the top of a cycle, times the rate"),
      integer("period", 2000).at_least(2).means("updates of a cycle"),
  };
  return keys;
}

std::span<const ParameterSpec> cooldown_keys() {
  static const std::vector<ParameterSpec> keys = {
      integer("steps", 0).at_least(0).means("updates; 0: off"),
      real("momentum", 0.5).at_least(0).below(1).means("momentum meanwhile; without one the rate stays where it fell"),
  };
  return keys;
}

std::span<const ParameterSpec> trial_keys() {
  static const std::vector<ParameterSpec> keys = {
      integer("samples", 3000).at_least(1).means("length of the probation"),
      integer("earliest", 100).at_least(1).means("samples before which no challenger is swapped in"),
      real("fade", 0.99).at_least(0).below(1).means("of the losses that are compared"),
      integer("memory", 5).at_least(0).at_most(1000).means("archived champions"),
  };
  return keys;
}

std::span<const ParameterSpec> schedule_section_keys() {
  static const std::vector<ParameterSpec> keys = {
      choice("unit", {"updates", "samples", "epochs", "seconds"}, "updates").means("what a step is"),
      real("epoch_samples", 10'000).above(0).means("length of an epoch"),
      table("warmup").means("rise to the first rate: { steps, start_factor, kind }"),
      real("lr_min", 0).at_least(0).means("lower bound on the rate, whatever the schedule says").can_reload(),
      real("lr_max", 1e9).at_least(0).means("upper bound").can_reload(),
      table("cooldown").means("pause after the rate falls by more than half in one step: { steps, momentum }"),
  };
  return keys;
}

std::span<const ParameterSpec> detector_section_keys() {
  static const std::vector<ParameterSpec> keys = {
      choice("on", {"auto", "error", "loss", "rank", "gradient_norm", "prediction", "feature"}, "auto").means("what it watches"),
      text("feature").means("name of the feature that it watches"),
      integer("window").at_least(1).at_most(1'000'000).means("for the rank: samples of the other class that are looked at; 200"),
  };
  return keys;
}

}  // namespace rekindle
