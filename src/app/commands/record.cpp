#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "app/clock.hpp"
#include "app/commands/command.hpp"
#include "app/one_shot.hpp"
#include "app/progress.hpp"
#include "app/recording_line.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/summary.hpp"
#include "connectors/file/packed_file.hpp"

namespace rekindle {

namespace {

struct RecordOptions {
  ConfigurationOptions configuration;
  std::string to;
  std::uint64_t samples = 0;  // 0: all that are there.
};

std::unique_ptr<SampleSource> opened_source(const Configuration& configuration) {
  if (configuration.source.type == SourceType::file)
    return make_recording(configuration.source, configuration.learner.schema, configuration.source.path);
  if (configuration.source.type == SourceType::generate) return make_source(configuration);
  return make_topics_once(configuration);
}

// What is there when reading begins, as far as the source knows it already; 0: it does not.
std::uint64_t records_there(const SampleSource& source) {
  SourceStatus status;
  source.report({}, status);
  std::uint64_t total = 0;
  for (const auto& one : status.partitions) total += static_cast<std::uint64_t>(one.lag_records.value_or(0));
  return total;
}

Status copy_records(const RecordOptions& options, SampleSource& source, PackedFile& file, std::uint64_t& records) {
  std::unique_ptr<Progress> progress;
  const auto take = [&](const RawRecord& record) -> Result<bool> {
    if (!progress) progress = std::make_unique<Progress>("recording", options.samples != 0 ? options.samples : records_there(source));
    const auto headers = source.headers_of(record);
    if (auto status = file.write(recording_line(record, headers)); !status) return tl::unexpected(status.error());
    if (++records % 64 == 0) progress->show(records);
    return options.samples == 0 || records < options.samples;
  };
  return read_once(source, take);
}

Status record(const RecordOptions& options) {
  const auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  install_signal_handlers();
  const auto source = opened_source(*loaded);
  if (auto status = source->open({}); !status) return status;
  const auto file = PackedFile::create(options.to);
  if (!file) return tl::unexpected(file.error());
  std::uint64_t records = 0;
  const auto status = copy_records(options, *source, **file, records);
  source->close();
  // Whatever happened, what was read is a whole recording.
  if (auto closed = (*file)->close(); !closed) return closed;
  if (!status && status.error().code == ErrorCode::interrupted)
    return fail(ErrorCode::interrupted, "interrupted; {} has {} records", options.to, grouped(records));
  if (!status) {
    if (records == 0 && options.to != "-") std::remove(options.to.c_str());
    return status;
  }
  fmt::print(stderr, "{}: {} record{}\n", options.to == "-" ? "standard output" : options.to, grouped(records), records == 1 ? "" : "s");
  return {};
}

}  // namespace

void add_record(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("record", "Write the source's records into a recording, for replay");
  command->footer(
      "A line of JSON a record, as `kcat -J` writes it: topic, partition, offset, timestamp, headers, key and payload; bytes that are\n"
      "not UTF-8 are in base64. It reads from source.start to the end that the topics have at the start, in a group of its own, and\n"
      "commits nothing.\n\n"
      "Examples:\n  rekindle record -c rekindle.toml --to clicks.jsonl.zst\n"
      "  rekindle record -c rekindle.toml --to sample.jsonl --samples 10000\n"
      "  rekindle replay -c rekindle.toml --from clicks.jsonl.zst");
  auto options = std::make_shared<RecordOptions>();
  options->configuration.add_to(*command);
  command->add_option("--to", options->to, "The file; .gz and .zst are packed; \"-\" is standard output")->required();
  command->add_option("--samples", options->samples, "At most this many records")->check(CLI::PositiveNumber);
  command->callback([=, &chosen] { chosen = [=] { return record(*options); }; });
}

}  // namespace rekindle
