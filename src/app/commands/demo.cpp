#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "app/clock.hpp"
#include "app/commands/command.hpp"
#include "app/daemon.hpp"
#include "app/log.hpp"
#include "app/progress.hpp"
#include "app/rivals.hpp"
#include "app/signals.hpp"
#include "app/summary.hpp"
#include "app/toml.hpp"
#include "connectors/generate/streams.hpp"
#include "connectors/kafka/embedded_cluster.hpp"
#include "connectors/kafka/topic_producer.hpp"

namespace rekindle {

namespace {

constexpr const char* topic = "demo";
constexpr std::uint64_t lead = 4000;            // Records the producer may be ahead: the embedded cluster keeps 5 MiB.
constexpr std::uint64_t watchable_rate = 2000;  // Samples a second on a terminal, so that there is something to see.

struct DemoOptions {
  std::uint64_t samples = 60'000;
  std::uint64_t seed = 42;
  int port = 9464;
  bool stay = false;
};

// A learner as many run it: RMSProp, its rate decaying to a thousandth.
constexpr const char* demo_configuration = R"(
[source]
topic = "demo"
[schema]
task = "binary"
label = "y"
[optimizer]
type = "rmsprop"
[schedule]
type = "exponential"
lr = 0.05
decay_rate = 0.5
decay_steps = 1500
lr_min = 5e-5
[drift]
policy = "restart"
)";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto pattern = (std::filesystem::temp_directory_path() / "rekindle-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<Configuration> configured(const DemoOptions& options, const std::string& brokers, const std::string& directory) {
  Diagnostics diagnostics;
  auto table = read_toml_text(demo_configuration, "demo", diagnostics);
  set_path(table, "seed", Value(static_cast<std::int64_t>(options.seed)));
  set_path(table, "kafka.brokers", Value(brokers));
  set_path(table, "checkpoint.directory", Value(directory));
  set_path(table, "http.listen", Value(fmt::format("127.0.0.1:{}", options.port)));
  auto configuration = check_configuration(table, "demo", diagnostics);
  print(diagnostics.all());
  if (diagnostics.failed()) return fail(ErrorCode::internal, "the demo's own configuration is wrong");
  configuration.embedded_kafka = true;
  return configuration;
}

// Tells drifts and recoveries as they happen.
class Narrator final : public SampleObserver {
 public:
  explicit Narrator(std::uint64_t total) : progress_("learning", total) {}
  void observed(const Sample& /*sample*/, const Outcome& /*outcome*/, const Learner& learner) override {
    const auto samples = learner.counters().samples;
    if (samples % 512 == 0) progress_.show(samples);
    for (const auto& event : learner.events()) {
      if (const auto* opened = std::get_if<IncidentOpened>(&event)) tell_drift(opened->incident);
      if (const auto* recovered = std::get_if<IncidentRecovered>(&event)) tell_recovery(recovered->incident);
    }
  }

 private:
  static void tell_drift(const Incident& i) {
    fmt::print(
        "{:>10}  DRIFT     {} by {}: error {:.3f} -> {:.3f}; LR warm restart from {:.2g}, accumulators reset, warm-up   [incident {}]\n",
        grouped(i.sample), i.severity, i.detector, i.mean_before, i.mean_after, i.lr_before, i.id);
    std::fflush(stdout);
  }
  static void tell_recovery(const Incident& i) {
    fmt::print("{:>10}  RECOVERED after {} samples (loss {:.3f} before, {:.3f} at its worst)   [incident {}]\n",
               grouped(i.sample + i.recovered_after.value_or(0)), grouped(i.recovered_after.value_or(0)), i.loss_before.value_or(0),
               i.loss_peak.value_or(0), i.id);
    std::fflush(stdout);
  }
  Progress progress_;
};

class Feeder {
 public:
  Feeder(const DemoOptions& options, std::string brokers, const Daemon& daemon, bool paced)
      : options_(options), brokers_(std::move(brokers)), daemon_(daemon), paced_(paced), thread_([this] { status_ = feed(); }) {}
  ~Feeder() {
    stopping_ = true;
    thread_.join();
  }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

 private:
  Status feed() {
    auto producer = kafka::TopicProducer::make({brokers_, {}, {}});
    if (!producer) return tl::unexpected(producer.error());
    LogisticStream stream({options_.seed, 20, 0.05, {options_.samples / 3, options_.samples * 2 / 3}, {0.5, 1.0}, false});
    std::string json;
    const auto start = steady_now();
    for (std::uint64_t i = 0; i < options_.samples && !stopping_; ++i) {
      while (!stopping_ && (i >= daemon_.taken() + lead || (paced_ && static_cast<double>(i) > seconds_since(start) * watchable_rate))) {
        (void)(*producer)->flush(std::chrono::milliseconds(5));
      }
      stream.next();
      json.clear();
      stream.append_json(json);
      kafka::TopicRecord record;
      record.topic = topic;
      record.partition = 0;
      record.value = json;
      if (auto status = (*producer)->produce(record); !status) return status;
    }
    (void)(*producer)->flush(std::chrono::seconds(5));
    return {};
  }

  DemoOptions options_;
  std::string brokers_;
  const Daemon& daemon_;
  bool paced_;
  std::atomic<bool> stopping_{false};
  Status status_;
  std::thread thread_;
};

double accuracy(const Learner& learner) { return learner.scores().metrics()[1].second.value_or(0); }

void print_summary(const Learner& learner, const Rivals& rivals, double seconds) {
  fmt::print("\n{}\n", summary_text(learner, seconds));
  const auto* best = rivals.best_constant();
  fmt::print("accuracy over the whole stream, measured in this run:\n");
  fmt::print("  {:.4f}  rekindle: the LR decays, and restarts on drift\n", accuracy(learner));
  fmt::print("  {:.4f}  the same schedule with no response\n", accuracy(*rivals.no_response()));
  fmt::print("  {:.4f}  the best of 12 constant LRs, known only in hindsight (lr {:.2g})\n", accuracy(*best), best->lr());
}

// The port, or the next free one.
Status start_somewhere(std::unique_ptr<Daemon>& daemon, const DemoOptions& options, const std::string& brokers,
                       const std::string& directory) {
  Status status;
  for (int tries = 0; tries < 20; ++tries) {
    auto attempt = options;
    attempt.port = options.port == 0 ? 0 : options.port + tries;
    auto configuration = configured(attempt, brokers, directory);
    if (!configuration) return tl::unexpected(configuration.error());
    daemon = std::make_unique<Daemon>(
        *std::move(configuration), DaemonOptions{.stop_after = options.stay ? std::nullopt : std::optional(options.samples), .reread = {}});
    status = daemon->start();
    if (status || status.error().code != ErrorCode::io) return status;
    fmt::print(stderr, "port {} is busy\n", attempt.port);
    daemon.reset();
  }
  return status;
}

Status demo(DemoOptions options, bool terminal) {
  options.stay = options.stay || terminal;
  start_log("error", "logfmt");
  install_signal_handlers();
  const TemporaryDirectory directory;
  if (directory.path().empty()) return fail(ErrorCode::io, "cannot make a temporary directory");
  auto cluster = kafka::EmbeddedCluster::start();
  if (!cluster) return tl::unexpected(cluster.error());
  if (auto status = (*cluster)->create_topic(topic, 1); !status) return status;
  std::unique_ptr<Daemon> daemon;
  if (auto status = start_somewhere(daemon, options, (*cluster)->brokers(), directory.path()); !status) return status;
  fmt::print("rekindle demo: embedded Kafka, {} generated samples, half of the concept changes at {}, all of it at {} (seed {})\n",
             grouped(options.samples), grouped(options.samples / 3), grouped(options.samples * 2 / 3), options.seed);
  fmt::print("status {}/status   metrics {}/metrics\n\n", daemon->url(), daemon->url());
  std::fflush(stdout);
  Narrator narrator(options.samples);
  const auto& spec = daemon->session().spec();
  Rivals rivals(spec);
  daemon->session().add_observer(narrator);
  daemon->session().add_observer(rivals);
  const auto start = steady_now();
  Status status;
  {
    const Feeder feeder(options, (*cluster)->brokers(), *daemon, terminal);
    status = daemon->run();
  }
  const auto* learner = daemon->session().learner();
  if (learner != nullptr && rivals.no_response() != nullptr) print_summary(*learner, rivals, seconds_since(start));
  return status;
}

}  // namespace

void add_demo(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("demo", "An embedded Kafka, a drifting stream and the daemon, in one process");
  command->footer(
      "Examples:\n  rekindle demo\n  rekindle demo --samples 200000 --seed 7\n  rekindle demo --stay     (keeps serving until Ctrl-C)");
  auto options = std::make_shared<DemoOptions>();
  command->add_option("--samples", options->samples, "Length of the stream")
      ->check(CLI::Range(std::uint64_t{300}, std::uint64_t{1'000'000'000}));
  command->add_option("--seed", options->seed, "Of the stream and the learner");
  command->add_option("--port", options->port, "Of HTTP; the next free one where it is busy")->check(CLI::Range(0, 65'000));
  command->add_flag("--stay", options->stay, "Stay up after the stream has ended, until Ctrl-C (the default on a terminal)");
  command->callback([=, &chosen] { chosen = [=] { return demo(*options, isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1); }; });
}

}  // namespace rekindle
