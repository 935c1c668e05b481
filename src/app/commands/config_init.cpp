#include <fmt/format.h>

#include <memory>

#include "app/commands/config_init.hpp"
#include "app/one_shot.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/starting_file.hpp"
#include "connectors/decode/recording.hpp"
#include "connectors/file/line_source.hpp"

namespace rekindle {

namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t records_of_a_file = 100'000;
constexpr std::size_t bytes_of_a_file = std::size_t{64} << 20;
constexpr std::size_t records_of_a_topic = 200;

struct InitOptions {
  std::string from;
  std::string topic;
  std::string brokers = "localhost:9092";
  std::string label;
  Lines properties;
  Lines secrets;
};

struct FirstLines {
  Lines lines;
  bool all = false;
};

Result<FirstLines> lines_of_file(const std::string& path) {
  FirstLines out;
  std::size_t bytes = 0;
  const auto source = make_recording_source(make_line_source(path));
  if (auto status = source->open({}); !status) return tl::unexpected(status.error());
  out.all = true;
  const auto status = read_once(*source, [&](const RawRecord& record) -> Result<bool> {
    bytes += record.payload.size();
    if (!record.payload.empty()) out.lines.emplace_back(record.payload);
    out.all = out.lines.size() < records_of_a_file && bytes < bytes_of_a_file;
    return out.all;
  });
  if (!status) return tl::unexpected(status.error());
  return out;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> pairs_of(const Lines& settings, const char* flag) {
  Pairs pairs;
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) return fail(ErrorCode::usage, "{} wants key=value, got \"{}\"", flag, setting);
    pairs.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return pairs;
}

// The same checks, and the same reading of secrets, as in a configuration.
Result<kafka::KafkaSourceSettings> settings_of(const StartingSource& source) {
  Table properties;
  Table secrets;
  for (const auto& [name, value] : source.properties) properties.set(name, Value(value), {});
  for (const auto& [name, value] : source.secrets) secrets.set(name, Value(value), {});
  Table kafka;
  kafka.set("brokers", Value(source.brokers), {});
  kafka.set("properties", Value(std::move(properties)), {});
  kafka.set("secrets", Value(std::move(secrets)), {});
  Table topic;
  topic.set("topic", Value(source.topic), {});
  Table schema;
  schema.set("task", Value("binary"), {});
  schema.set("label", Value("y"), {});
  Table all;
  all.set("source", Value(std::move(topic)), {});
  all.set("kafka", Value(std::move(kafka)), {});
  all.set("schema", Value(std::move(schema)), {});
  Diagnostics diagnostics;
  auto configuration = check_configuration(all, "command line", diagnostics);
  for (const auto& one : diagnostics.all()) {
    if (one.severity == Severity::error) return fail(ErrorCode::usage, "{}: {}", one.key, one.message);
  }
  auto settings = std::move(configuration.kafka);
  return settings;
}

Result<FirstLines> lines_of_topic(const StartingSource& from) {
  auto settings = settings_of(from);
  if (!settings) return tl::unexpected(settings.error());
  FirstLines out;
  const auto source = make_one_shot_source(*std::move(settings));
  if (auto status = source->open({}); !status) return tl::unexpected(status.error());
  out.all = true;
  const auto status = read_once(*source, [&](const RawRecord& record) -> Result<bool> {
    if (!record.payload.empty()) out.lines.emplace_back(record.payload);
    out.all = out.lines.size() < records_of_a_topic;
    return out.all;
  });
  source->close();
  if (!status) return tl::unexpected(status.error());
  if (out.lines.empty()) return fail(ErrorCode::data, "topic \"{}\" has no records yet", from.topic);
  return out;
}

// The features that the decoder finds in a record.
std::optional<Lines> discovered(const Lines& lines, const RecordForm& form, Schema schema) {
  SourceConfiguration configuration;
  configuration.format = form.format;
  configuration.delimiter = form.delimiter;
  configuration.header = form.header;
  const auto decoder = make_decoder(configuration, schema);
  auto payload = lines[form.header ? 1 : 0];
  const auto size = payload.size();
  payload.append(payload_padding, '\0');
  RawRecord record;
  record.payload = std::string_view(payload).substr(0, size);
  if (form.header) record.column_names = lines[0];
  Rejection ignored;
  return decoder->discover(record, ignored);
}

// Whether the features need not be listed: the first record alone tells the same ones.
bool are_all_numeric_fields(const Lines& lines, const RecordForm& form, const StartingChoices& choices) {
  Schema schema;
  schema.task = choices.task;
  schema.label = choices.label;
  schema.id = choices.id;
  schema.time = choices.time;
  schema.categorical = choices.categorical;
  const auto found = discovered(lines, form, schema);
  schema.features = choices.features;
  return found && found == discovered(lines, form, schema);
}

Status init(const InitOptions& options) {
  if (options.from.empty() == options.topic.empty()) return fail(ErrorCode::usage, "give either --from FILE or --topic T --brokers B");
  install_signal_handlers();
  StartingSource source{options.from, options.topic, options.brokers, {}, {}, false};
  auto properties = pairs_of(options.properties, "--property");
  if (!properties) return tl::unexpected(properties.error());
  auto secrets = pairs_of(options.secrets, "--secret");
  if (!secrets) return tl::unexpected(secrets.error());
  source.properties = *std::move(properties);
  source.secrets = *std::move(secrets);
  const auto read = options.from.empty() ? lines_of_topic(source) : lines_of_file(options.from);
  if (!read) return tl::unexpected(read.error());
  source.all_records = read->all;
  const auto& name = options.from.empty() ? options.topic : options.from;
  const auto about = [&](const Error& error) { return fail(error.code, "{}: {}", name, error.message); };
  const auto form = recognise_form(read->lines, options.topic.empty());
  if (!form) return about(form.error());
  const auto survey = survey_records(read->lines, *form);
  if (!survey) return about(survey.error());
  const auto choices = choose(*survey, options.label);
  if (!choices) return about(choices.error());
  const bool all_numeric = !survey->sparse && are_all_numeric_fields(read->lines, *form, *choices);
  fmt::print("{}", starting_file(source, *survey, *choices, all_numeric));
  return {};
}

}  // namespace

void add_config_init(CLI::App& config, CommandAction& chosen) {
  auto* command = config.add_subcommand("init", "A commented, working configuration, made by looking at a file or a topic");
  command->footer(
      "It goes to standard output. A topic's first 200 records are read with a group of its own; nothing is committed.\n\n"
      "Examples:\n  rekindle config init --from clicks.csv > rekindle.toml\n"
      "  rekindle config init --from clicks.jsonl.gz --label clicked > rekindle.toml\n"
      "  rekindle config init --from ads.vw > rekindle.toml\n"
      "  rekindle config init --topic clicks --brokers localhost:9092 > rekindle.toml\n"
      "  rekindle config init --topic clicks --brokers kafka:9093 --property security.protocol=sasl_ssl \\\n"
      "      --property sasl.mechanisms=PLAIN --property sasl.username=me --secret sasl.password=password.txt");
  auto options = std::make_shared<InitOptions>();
  command->add_option("--from", options->from, "A file of samples, plain or compressed; \"-\" is standard input");
  command->add_option("--topic", options->topic, "A Kafka topic");
  command->add_option("--brokers", options->brokers, "Its bootstrap servers")->capture_default_str();
  command->add_option("--label", options->label, "The field to predict; guessed where it is not given");
  command->add_option("--property", options->properties, "key=value of librdkafka, for the topic")->take_all();
  command->add_option("--secret", options->secrets, "key=FILE of librdkafka: the file holds the value")->take_all();
  command->callback([=, &chosen] { chosen = [=] { return init(*options); }; });
}

}  // namespace rekindle
