// Labels that come after their samples, in a topic or a file of their own.
#include <fmt/format.h>

#include <algorithm>

#include "app/checker.hpp"

namespace rekindle {

void Checker::labels_path(const Parameters& p, SourceConfiguration& out) {
  if (!p.has("labels_path")) return;
  out.labels_path = p.string("labels_path");
  const auto& place = p.find("labels_path")->place;
  if (out.labels_path.empty()) error(place, "source.labels_path", "must not be empty");
  if (out.labels_path == out.path) error(place, "source.labels_path", "is the file of the samples already");
}

void Checker::late_labels(const Parameters& p, Configuration& out) {
  auto& source = out.source;
  if (p.has("labels_topic")) source.labels_topic = p.string("labels_topic");
  if (!p.has("labels_topic")) {
    if (!source.labels_path.empty())
      error(sub("source").find("labels_path")->value.place, "source.labels_path", "needs schema.labels_topic: the name of what it holds");
    return;
  }
  const auto bad = [&](const std::string& message) { error(p.find("labels_topic")->place, "schema.labels_topic", message); };
  if (source.labels_topic.empty()) bad("must not be empty");
  if (out.learner.schema.id.empty()) bad("needs schema.id, by which a label finds its sample");
  if (source.format == "libsvm") bad("a record in the format libsvm has no id");
  if (source.schema != nullptr) bad("with schema_file all records have one schema; those of labels have another: name a schema registry");
  if (source.type == SourceType::generate) bad("generated samples have their labels at once");
  if (std::ranges::find(out.kafka.topics, source.labels_topic) != out.kafka.topics.end()) bad("is a topic of samples already");
  out.learner.late.on = true;
  if (p.has("label_timeout")) out.learner.late.timeout_ms = static_cast<std::int64_t>(p.real("label_timeout") * 1000);
  if (p.has("label_buffer")) out.learner.late.bytes = static_cast<std::uint64_t>(p.integer("label_buffer"));
  if (p.has("on_label_timeout")) label_timeout(p, out.learner);
}

void Checker::label_timeout(const Parameters& p, LearnerSpec& out) {
  const auto& name = p.string("on_label_timeout");
  if (name == "drop") return;
  const auto& place = p.find("on_label_timeout")->place;
  const auto& classes = out.schema.classes;
  if (!out.schema.is_classification()) error(place, "schema.on_label_timeout", "a regression has no classes: it can only be \"drop\"");
  if (!classes.empty() && std::ranges::find(classes, name) == classes.end())
    error(place, "schema.on_label_timeout",
          fmt::format("must be \"drop\" or one of the classes {}, got {}", fmt::join(classes, ", "), quoted(name)));
  out.late.on_timeout = name;
}

}  // namespace rekindle
