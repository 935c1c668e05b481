#include "app/sources.hpp"

#include "app/clock.hpp"
#include "app/kafka_store.hpp"
#include "app/label_sources.hpp"
#include "app/log.hpp"
#include "app/one_shot.hpp"
#include "checkpoint/file_store.hpp"
#include "connectors/decode/label_decoder.hpp"
#include "connectors/decode/recording.hpp"
#include "connectors/decode/registry.hpp"
#include "connectors/file/avro_file.hpp"
#include "connectors/file/line_source.hpp"
#include "connectors/generate/generate_source.hpp"
#include "connectors/kafka/dead_letter_producer.hpp"
#include "connectors/kafka/kafka_source.hpp"
#include "connectors/kafka/output_producer.hpp"
#include "connectors/merged_source.hpp"
#include "connectors/registry/registry_source.hpp"
#include "learner/state_hash.hpp"

namespace rekindle {

void log_client_line(int level, const std::string& line) {
  log_event(level <= 3 ? LogLevel::error : (level <= 4 ? LogLevel::warn : LogLevel::debug), "kafka", {{"message", line}});
}

namespace {

std::vector<std::string> output_topics(const Configuration& configuration) {
  std::vector<std::string> topics;
  for (const auto& topic : {configuration.output.predictions, configuration.output.events}) {
    if (!topic.empty()) topics.push_back(topic);
  }
  return topics;
}

constexpr const char* anchors_section = "anchors";

// Records that are no text do not come line by line.
std::unique_ptr<SampleSource> records_of_file(const SourceConfiguration& source, const std::string& path, const LineOptions& options) {
  if (source.format == "avro" && path != "-" && is_avro_file(path)) return make_avro_file_source(path);
  const bool is_text = source.format != "avro" && source.format != "protobuf" && source.registry.url.empty();
  return make_recording_source(make_line_source(path, options), is_text ? LinesAre::recording_or_records : LinesAre::recording,
                               source.control);
}

// JSON says itself what it means.
bool asks_registry(const SourceConfiguration& source) { return !source.registry.url.empty() && source.format != "json"; }

std::unique_ptr<SampleSource> with_schemas(std::unique_ptr<SampleSource> records, const SourceConfiguration& source,
                                           std::optional<std::chrono::seconds> give_up = {}) {
  if (!asks_registry(source)) return records;
  return make_registry_source(std::move(records), source.registry, give_up);
}

bool names_columns(const SourceConfiguration& source) { return source.header && source.format == "csv"; }

// The samples alone where there is no such file: their labels are with them, or in the same recording.
std::unique_ptr<SampleSource> with_file_of_labels(std::unique_ptr<SampleSource> samples, const SourceConfiguration& source,
                                                  const Schema& schema, const std::string& path, const LineOptions& options) {
  const auto labels = labels_of(source, path);
  if (labels.empty()) return samples;
  auto lines = named_lines(make_line_source(labels, options), labels, source.labels_topic);
  return with_labels_of_file(std::move(samples), std::move(lines), source, schema);
}

}  // namespace

std::unique_ptr<SampleSource> make_recording(const SourceConfiguration& source, const Schema& schema, const std::string& path) {
  LineOptions options;
  options.header = names_columns(source);
  constexpr std::chrono::seconds give_up{10};
  auto records = with_file_of_labels(records_of_file(source, path, options), source, schema, path, options);
  return with_schemas(std::move(records), source, give_up);
}

std::unique_ptr<Decoder> make_decoder(const SourceConfiguration& source, const Schema& schema) {
  DecoderOptions options;
  options.max_record_bytes = static_cast<std::size_t>(source.max_record_bytes);
  options.delimiter = source.delimiter;
  options.header = source.header;
  options.hash_bits = source.hash_bits;
  options.interactions = source.interactions;
  options.label_may_be_absent = source.label_may_be_absent;
  options.schema = source.schema;
  options.framed = !source.registry.url.empty();
  const auto& row = *find_row(formats(), source.format);
  if (source.labels_topic.empty()) return row.make(schema, options);
  auto of_labels = options;
  of_labels.label_may_be_absent = false;
  return make_label_decoder(source.labels_topic, row.make(schema, options), row.make(schema_of_labels(schema), of_labels));
}

std::unique_ptr<SampleSource> make_source(const Configuration& configuration, Anchors anchors) {
  if (configuration.source.type == SourceType::file) {
    LineOptions options;
    options.header = names_columns(configuration.source);
    options.follow = configuration.source.follow;
    options.restart = configuration.kafka.on_data_loss == kafka::DataLossPolicy::skip;
    auto records = with_file_of_labels(records_of_file(configuration.source, configuration.source.path, options), configuration.source,
                                       configuration.learner.schema, configuration.source.path, options);
    return with_schemas(std::move(records), configuration.source);
  }
  if (configuration.source.type == SourceType::generate)
    return make_generate_source(configuration.source.generator, configuration.source.samples);
  auto settings = configuration.kafka;
  settings.kafka.log = log_client_line;
  if (configuration.source.labels_topic.empty())
    return with_schemas(kafka::make_kafka_source(std::move(settings), std::move(anchors)), configuration.source);
  auto of_labels = settings;
  of_labels.topics = {configuration.source.labels_topic};
  auto merged =
      make_merged_source(kafka::make_kafka_source(std::move(settings), anchors), kafka::make_kafka_source(std::move(of_labels), anchors));
  return with_schemas(std::move(merged), configuration.source);
}

std::unique_ptr<RegisteredSchemas> make_schemas(const SourceConfiguration& source) {
  return asks_registry(source) ? std::make_unique<RegisteredSchemas>(source.registry) : nullptr;
}

std::unique_ptr<SampleSource> make_topics_once(const Configuration& configuration) {
  auto samples = make_one_shot_source(configuration.kafka);
  if (configuration.source.labels_topic.empty()) return samples;
  auto of_labels = configuration.kafka;
  of_labels.topics = {configuration.source.labels_topic};
  return make_merged_source(std::move(samples), make_one_shot_source(std::move(of_labels)));
}

std::vector<std::string> topics_to_read(const Configuration& configuration) {
  auto topics = configuration.kafka.topics;
  if (!configuration.source.labels_topic.empty()) topics.push_back(configuration.source.labels_topic);
  return topics;
}

std::unique_ptr<DeadLetterSink> make_dead_letters(const Configuration& configuration) {
  const bool wanted = configuration.source.type == SourceType::kafka && configuration.source.on_error == OnError::dead_letter;
  if (!wanted) return nullptr;
  auto client = configuration.kafka.kafka;
  client.log = log_client_line;
  return kafka::make_dead_letter_producer({std::move(client), configuration.dead_letter_topic, !configuration.embedded_kafka});
}

Result<std::unique_ptr<CheckpointStore>> make_store(const Configuration& configuration) {
  const auto& checkpoint = configuration.checkpoint;
  if (!checkpoint.in_kafka) {
    auto store = FileStore::open(checkpoint.directory, checkpoint.keep);
    if (!store) return tl::unexpected(store.error());
    return *std::move(store);
  }
  kafka::StateTopicSettings settings{
      configuration.kafka.kafka, checkpoint.topic, configuration.kafka.group, topics_to_read(configuration), {}, ""};
  settings.kafka.log = log_client_line;
  if (configuration.output.exactly_once) {
    settings.output_topics = output_topics(configuration);
    settings.model_topic = configuration.output.model.topic;
    if (configuration.source.on_error == OnError::dead_letter) settings.dead_letter_topic = configuration.dead_letter_topic;
  }
  auto store = KafkaStore::open(std::move(settings), checkpoint.directory);
  if (!store) return tl::unexpected(store.error());
  return *std::move(store);
}

Result<std::optional<LoadedCheckpoint>> look_at_store(const Configuration& configuration) {
  const auto& checkpoint = configuration.checkpoint;
  if (!checkpoint.in_kafka) return load_newest(checkpoint.directory);
  return look_at_state_topic({configuration.kafka.kafka, checkpoint.topic, configuration.kafka.group, {}, {}, ""});
}

Result<std::unique_ptr<OutputSink>> make_output_sink(const Configuration& configuration) {
  kafka::OutputSettings settings{configuration.kafka.kafka, output_topics(configuration), !configuration.embedded_kafka};
  settings.kafka.log = log_client_line;
  settings.model_topic = configuration.output.model.topic;
  return kafka::make_output_producer(std::move(settings));
}

Checkpoint checkpoint_of(const Learner& learner, const Position& position, const std::string& configuration) {
  const auto& counters = learner.counters();
  Checkpoint checkpoint;
  checkpoint.created_ms = wall_ms();
  checkpoint.position = position;
  checkpoint.configuration = configuration;
  checkpoint.sections = learner.save();
  checkpoint.summary = {
      {"state_hash", state_hash(checkpoint.sections)},  {"samples", fmt::format("{}", counters.samples)},
      {"learned", fmt::format("{}", counters.learned)}, {"updates", fmt::format("{}", counters.updates)},
      {"lr", fmt::format("{}", learner.lr())},          {"mode", learner.spec().mode == LearnerMode::single ? "single" : "portfolio"},
  };
  return checkpoint;
}

StateSection section_of(const Anchors& anchors) {
  ByteWriter out;
  anchors.save(out);
  return {anchors_section, out.take()};
}

Anchors anchors_in(const std::vector<StateSection>& sections) {
  Anchors anchors;
  if (const auto* section = find_section(sections, anchors_section)) {
    ByteReader in(section->bytes);
    anchors.load(in);
  }
  return anchors;
}

}  // namespace rekindle
