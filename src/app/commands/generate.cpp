#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "app/clock.hpp"
#include "app/commands/arguments.hpp"
#include "app/commands/command.hpp"
#include "app/late_labels.hpp"
#include "app/progress.hpp"
#include "app/sample_output.hpp"
#include "app/signals.hpp"
#include "app/summary.hpp"
#include "connectors/generate/drifting.hpp"
#include "connectors/generate/sample_text.hpp"

namespace rekindle {

namespace {

struct GenerateOptions {
  std::string type;
  std::vector<std::string> parameters;
  std::uint64_t samples = 0;
  std::string to;
  std::string format;
  double rate = 0;  // Samples a second; 0: as fast as it goes.
};

Result<Choice<GeneratorRow>> chosen_generator(const GenerateOptions& options) {
  const auto table = table_from_arguments(options.type, options.parameters);
  if (!table) return tl::unexpected(table.error());
  Diagnostics diagnostics;
  auto choice = check_stream(*table, "generator", diagnostics);
  print(diagnostics.all());
  if (diagnostics.failed()) return fail(ErrorCode::usage, "the generator is not usable");
  return choice;
}

// "data.csv" -> "data.truth.csv"
std::string truth_path(const std::string& path) {
  auto truth = std::filesystem::path(path);
  truth.replace_extension(".truth.csv");
  return truth.string();
}

// The stream on its way to the output.
class Generation {
 public:
  // `late`: where the labels go, null where they stay with their samples.
  Generation(const GenerateOptions& options, const SampleTarget& target, DriftingStream& stream, SampleOutput& output, LateLabels* late)
      : options_(options),
        json_(target.json),
        stream_(stream),
        output_(output),
        late_(late),
        columns_(stream.columns()),
        silent_(target.path == "-" && isatty(STDOUT_FILENO) == 1),
        progress_("generating", options.samples) {}

  Status run() {
    if (auto status = begin(); !status) return status;
    while (written_ < options_.samples) {
      if (auto status = wait_for_turn(); !status) return status;
      if (stop_signal() != 0) break;
      if (auto status = write(stream_.next()); !status) return status;
    }
    if (auto status = output_.finish(); !status) return status;
    if (late_ != nullptr) {
      if (auto status = late_->finish(); !status) return status;
    }
    if (stop_signal() == 0) return {};
    return fail(ErrorCode::interrupted, "interrupted after {} of {} samples", written_, options_.samples);
  }

  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  Status begin() {
    if (late_ != nullptr) {
      if (auto status = late_->begin(); !status) return status;
    }
    if (json_) return {};
    return output_.write(late_ == nullptr ? csv_header(columns_) : csv_header_with_id(columns_));
  }
  Status flush() {
    if (auto status = output_.flush(); !status || late_ == nullptr) return status;
    return late_->flush();
  }
  Status wait_for_turn() {
    const auto early = [&] { return static_cast<double>(written_) > seconds_since(start_) * options_.rate; };
    while (options_.rate > 0 && stop_signal() == 0 && early()) {
      if (auto status = flush(); !status) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }
  void append(const StreamSample& sample) {
    if (late_ != nullptr)
      return json_ ? append_json_unlabelled(columns_, written_, sample, text_) : append_csv_unlabelled(written_, sample, text_);
    return json_ ? append_json(columns_, sample, text_) : append_csv(sample, text_);
  }
  Status write(const StreamSample& sample) {
    text_.clear();
    append(sample);
    if (auto status = output_.write(text_); !status) return status;
    if (late_ != nullptr) {
      if (auto status = late_->add(written_, sample.label); !status) return status;
    }
    if (++written_ % 256 == 0 && !silent_) progress_.show(written_);
    return {};
  }

  const GenerateOptions& options_;
  bool json_;
  DriftingStream& stream_;
  SampleOutput& output_;
  LateLabels* late_;
  std::vector<std::string> columns_;
  bool silent_;
  Progress progress_;
  SteadyTime start_ = steady_now();
  std::string text_;
  std::uint64_t written_ = 0;
};

Status write_truth(const SampleTarget& target, const std::vector<PlannedDrift>& drifts) {
  std::error_code ignored;
  if (!target.is_file() || !std::filesystem::is_regular_file(target.path, ignored)) return {};
  return write_file(truth_path(target.path), truth_csv(drifts));
}

// Null where labels are not late.
Result<std::unique_ptr<LateLabels>> open_late_labels(const Parameters& parameters, const SampleTarget& samples) {
  const auto delay = static_cast<std::uint64_t>(parameters.integer("label_delay"));
  if (delay == 0) return nullptr;
  const auto target = label_target(samples);
  if (!target) return tl::unexpected(target.error());
  auto output = open_sample_output(*target);
  if (!output) return tl::unexpected(output.error());
  return std::make_unique<LateLabels>(*std::move(output), target->json, delay);
}

Status generate(const GenerateOptions& options) {
  const auto choice = chosen_generator(options);
  if (!choice) return tl::unexpected(choice.error());
  const auto target = parse_sample_target(options.to, options.format);
  if (!target) return tl::unexpected(target.error());
  install_signal_handlers();
  const auto late = open_late_labels(choice->parameters, *target);
  if (!late) return tl::unexpected(late.error());
  const auto output = open_sample_output(*target);
  if (!output) return tl::unexpected(output.error());
  DriftingStream stream(*choice, options.samples);
  std::uint64_t written = 0;
  Status status;
  {
    Generation generation(options, *target, stream, **output, late->get());
    status = generation.run();
    written = generation.written();
  }
  if (!status && status.error().code != ErrorCode::interrupted) return status;
  const auto drifts = stream.drifts(written);
  if (auto truth = write_truth(*target, drifts); !truth) return truth;
  if (status && target->path != "-") {
    fmt::print(stderr, "{}: {} samples, {} drift{}\n", target->name(), grouped(written), drifts.size(), drifts.size() == 1 ? "" : "s");
  }
  return status;
}

}  // namespace

void add_generate(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("generate", "A made-up stream that drifts, into a file or a topic");
  command->footer(
      "A file X.csv or X.jsonl gets X.truth.csv beside it: sample,kind,width,concept, a row for each drift.\n"
      "  abrupt, recurring   sample is the first of the new concept (recurring: the first two concepts in turn)\n"
      "  gradual             at sample half of the samples are of the new concept\n"
      "  incremental         sample is the first on its way; width samples later the concept is the new one\n"
      "Every generator takes: seed=42 noise=0 drift=none|abrupt|gradual|incremental|recurring every=10000 width=1000 missing=0\n"
      "    imbalance=0 label_delay=0\n"
      "With imbalance=0.01, 1 % of the samples are of class 1, wrong labels included; the features of each class are as before.\n"
      "With label_delay=500, X.jsonl has an id in every sample and null for its label, and X.labels.jsonl beside it id, y and position:\n"
      "the label is known before sample number position, 500 after its own. A topic T has its labels in T.labels, a CSV in "
      "X.labels.csv.\n\n"
      "Examples:\n  rekindle generate sea drift=abrupt --samples 50000 --to sea.csv\n"
      "  rekindle generate hyperplane n_features=20 noise=0.05 drift=gradual width=2000 --samples 100000 --to hyperplane.jsonl\n"
      "  rekindle generate led --samples 10 --to - --format json\n"
      "  rekindle generate sea imbalance=0.02 label_delay=500 --samples 20000 --to late.jsonl\n"
      "  rekindle generate logistic drift=recurring --samples 1000000 --rate 500 --to kafka://localhost:9092/samples");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("type", options->type, "One of `rekindle list generators`")->required();
  command->add_option("parameters", options->parameters, "key=value, as in `rekindle list generators`");
  command->add_option("--samples", options->samples, "How many")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
  command->add_option("--to", options->to, "X.csv, X.jsonl, kafka://BROKERS/TOPIC, or - for standard output")->required();
  command->add_option("--format", options->format, "By default as the file's name says; standard output: csv")
      ->check(CLI::IsMember({"csv", "json"}));
  command->add_option("--rate", options->rate, "Samples a second")->check(CLI::Range(0.001, 1e9));
  command->callback([=, &chosen] { chosen = [=] { return generate(*options); }; });
}

}  // namespace rekindle
