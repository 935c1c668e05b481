// What leaves the learner: checkpoints and topics.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "app/checker.hpp"

namespace rekindle {

namespace {

bool is_topic_name(std::string_view name) {
  constexpr std::size_t longest = 249;
  const auto fit = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= longest && name != "." && name != ".." && std::ranges::all_of(name, fit);
}

}  // namespace

void Checker::checkpoint(CheckpointConfiguration& out) {
  const auto p = checked("checkpoint");
  if (p.has("directory")) out.directory = p.string("directory");
  if (p.has("every")) out.every_seconds = p.real("every");
  if (p.has("every_samples")) out.every_samples = static_cast<std::uint64_t>(p.integer("every_samples"));
  if (p.has("journal")) out.journal = p.boolean("journal");
  if (p.has("keep")) out.keep = static_cast<int>(p.integer("keep"));
  if (p.has("store")) out.in_kafka = p.string("store") == "kafka";
  if (p.has("topic")) out.topic = p.string("topic");
  if (out.directory.empty()) error(p.find("directory")->place, "checkpoint.directory", "must not be empty");
}

void Checker::output(Configuration& out) {
  const auto p = checked("output");
  if (p.has("dead_letter")) out.dead_letter_topic = p.string("dead_letter");
  if (out.dead_letter_topic.empty() && !out.kafka.topics.empty()) out.dead_letter_topic = out.kafka.topics[0] + ".dead";
  state_topic(out);
  out.output.exactly_once = p.has("delivery") && p.string("delivery") == "exactly_once";
  if (out.output.exactly_once && !out.checkpoint.in_kafka)
    error(p.find("delivery")->place, "output.delivery",
          "exactly_once needs checkpoint.store = \"kafka\": state, offsets and output are one transaction there");
  out.output.predictions = output_topic(p, "predictions", out);
  out.output.events = output_topic(p, "events", out);
  if (const auto* model = p.find("model")) model_output(*model, out);
  out.source.label_may_be_absent = !out.output.predictions.empty() || out.learner.late.on;
  if (!out.output.events.empty() && out.output.events == out.output.predictions)
    error(p.find("events")->place, "output.events", "is the topic of the predictions already");
}

void Checker::model_output(const Value& given, Configuration& out) {
  auto& model = out.output.model;
  const bool is_table = given.table() != nullptr;
  if (!is_table && given.string() == nullptr)
    return error(given.place, "output.model", "must be a topic or a folder, or a table { to, every, every_samples, keep }");
  Table table;
  if (!is_table) table.set("to", given, given.place);
  const auto p = check_parameters(model_output_keys(), is_table ? *given.table() : table, "output.model", diagnostics_, given.place);
  if (!p.has("to")) return;
  if (p.has("every")) model.every_seconds = p.real("every");
  if (p.has("every_samples")) model.every_samples = static_cast<std::uint64_t>(p.integer("every_samples"));
  if (p.has("keep")) model.keep = static_cast<int>(p.integer("keep"));
  const auto& to = p.string("to");
  const auto& place = p.find("to")->place;
  if (to.find('/') != std::string::npos) {
    model.folder = to;
    while (model.folder.size() > 1 && model.folder.ends_with('/')) model.folder.pop_back();
    if (model.folder == out.checkpoint.directory) error(place, "output.model", "is the folder of the checkpoints already");
    return;
  }
  model.topic = output_topic(p, "to", out, "output.model");
  if (!model.topic.empty() && (model.topic == out.output.predictions || model.topic == out.output.events))
    error(place, "output.model", "is the topic of something else already");
}

void Checker::state_topic(const Configuration& configuration) {
  if (!configuration.checkpoint.in_kafka) return;
  const auto& given = sub("checkpoint");
  const auto place_of_key = [&](const char* key) {
    const auto* entry = given.find(key);
    return entry == nullptr ? place_of("checkpoint") : entry->value.place;
  };
  if (configuration.source.type != SourceType::kafka) error(place_of_key("store"), "checkpoint.store", "needs source.type = \"kafka\"");
  if (configuration.kafka.kafka.brokers == "embedded")
    error(place_of_key("store"), "checkpoint.store", "needs a real cluster: the embedded one ends with this process");
  const auto& topic = configuration.checkpoint.topic;
  if (!is_topic_name(topic)) error(place_of_key("topic"), "checkpoint.topic", fmt::format("must be a topic's name, got {}", quoted(topic)));
  const bool learned_from = std::ranges::find(configuration.kafka.topics, topic) != configuration.kafka.topics.end() ||
                            topic == configuration.source.labels_topic;
  if (learned_from || topic == configuration.dead_letter_topic)
    error(place_of_key("topic"), "checkpoint.topic", "is for something else already");
}

// Its records must not come back as samples.
std::string Checker::output_topic(const Parameters& p, const char* name, const Configuration& configuration, std::string key) {
  if (!p.has(name) || p.string(name).empty()) return "";
  const auto& topic = p.string(name);
  const auto& place = p.find(name)->place;
  if (key.empty()) key = fmt::format("output.{}", name);
  if (configuration.source.type != SourceType::kafka) {
    error(place, key, "needs source.type = \"kafka\"");
  } else if (!is_topic_name(topic)) {
    error(place, key, fmt::format("must be a topic's name (letters, digits, \".\", \"_\" and \"-\"), got {}", quoted(topic)));
  } else if (std::ranges::find(configuration.kafka.topics, topic) != configuration.kafka.topics.end()) {
    error(place, key, "is a topic that is learned from: every record would make another");
  } else if (topic == configuration.source.labels_topic) {
    error(place, key, "is the topic of the labels already");
  } else if (topic == configuration.dead_letter_topic) {
    error(place, key, "is the topic of dead letters already");
  } else if (configuration.checkpoint.in_kafka && topic == configuration.checkpoint.topic) {
    error(place, key, "is the topic of the checkpoints already");
  }
  return topic;
}

}  // namespace rekindle
