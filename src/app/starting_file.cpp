#include "app/starting_file.hpp"

#include <algorithm>
#include <cctype>

#include "app/summary.hpp"
#include "base/value.hpp"

namespace rekindle {

namespace {

constexpr std::size_t names_shown = 6;
constexpr std::size_t value_width = 34;

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const auto& name : names) parts.push_back(quoted(name));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// In a comment: not more of them than one reads.
std::string some_of(std::vector<std::string> names) {
  const auto count = names.size();
  if (count > names_shown) names.resize(names_shown);
  return quoted_list(names) + (count > names_shown ? fmt::format(" and {} more", count - names_shown) : "");
}

class Writer {
 public:
  void line(const std::string& text = "") { out += text + "\n"; }
  // key = value, with a comment beside it.
  void key(const std::string& name, const std::string& value, const std::string& comment = "") {
    const auto setting = name + " = " + value;
    line(comment.empty() ? setting : fmt::format("{:<{}}  # {}", setting, value_width, comment));
  }
  std::string out;
};

std::string delimiter_text(char delimiter) { return delimiter == '\t' ? "\"\\t\"" : quoted(std::string(1, delimiter)); }

// Where a path begins with a dash, the shell's users still get it right: it stands behind --from.
std::string recording_of(const StartingSource& source) { return source.path.empty() || source.path == "-" ? "RECORDING" : source.path; }

void write_head(Writer& to, const StartingSource& source, const Survey& survey) {
  const auto what =
      source.path.empty() ? fmt::format("topic {}", quoted(source.topic)) : (source.path == "-" ? "standard input" : quoted(source.path));
  to.line(fmt::format("# Made by `rekindle config init` from {}: it looked at {} {} record{}.", what,
                      source.all_records ? "all" : "the first", grouped(survey.records), survey.records == 1 ? "" : "s"));
  to.line("# Everything that is not here has its default: `rekindle config show -c FILE` prints them all.");
  to.line("#   rekindle check -c FILE");
  if (source.path.empty()) to.line("#   rekindle record -c FILE --to RECORDING");
  to.line(fmt::format("#   rekindle replay -c FILE --from {}", quoted(recording_of(source))));
  to.line("#   rekindle run -c FILE");
  if (survey.unusable != 0)
    to.line(fmt::format("# {} of the records cannot be read; the first: {}", grouped(survey.unusable), quoted(survey.problem)));
}

void write_source(Writer& to, const StartingSource& source, const RecordForm& form) {
  to.line("\n[source]");
  if (source.path.empty()) {
    to.key("topics", fmt::format("[{}]", quoted(source.topic)), "all their partitions are read");
    to.line("# start = \"latest\"                  # default \"earliest\"; only where there is no checkpoint yet");
  } else {
    to.key("type", "\"file\"", "instead: type = \"kafka\", topics = [\"...\"], and [kafka] below");
    to.key("path", quoted(source.path));
    if (source.path != "-") to.line("# follow = true                     # wait at the end for the file to grow");
  }
  to.key("format", quoted(form.format));
  if (form.format == "csv") {
    to.key("delimiter", delimiter_text(form.delimiter));
    to.key("header", form.header ? "true" : "false", form.header ? "the first line names the columns" : "the columns are c0, c1, ...");
  }
  to.line("\n[kafka]");
  if (!source.path.empty()) return to.line("# brokers = \"localhost:9092\"");
  to.key("brokers", quoted(source.brokers));
  if (!source.properties.empty()) to.line("[kafka.properties]");
  for (const auto& [name, value] : source.properties) to.key(quoted(name), quoted(value));
  if (!source.secrets.empty()) to.line("[kafka.secrets]");
  for (const auto& [name, value] : source.secrets) to.key(quoted(name), quoted(value), "the file that holds it");
}

// "2 values: 0 (57.5 %), 1 (42.5 %)"
std::string label_values(const FieldSurvey& label) {
  if (label.is_numeric() && label.more_values) return fmt::format("numbers from {} to {}", label.low, label.high);
  std::vector<std::pair<std::string, std::uint64_t>> values(label.values.begin(), label.values.end());
  std::ranges::stable_sort(values, std::greater(), [](const auto& one) { return one.second; });
  std::string text;
  for (const auto& [value, count] : std::span(values).first(std::min<std::size_t>(values.size(), 4))) {
    const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(label.filled);
    text += fmt::format("{}{} ({:.1f} %)", text.empty() ? "" : ", ", label.is_numeric() ? value : quoted(value), percent);
  }
  return fmt::format("{} value{}: {}{}", values.size(), values.size() == 1 ? "" : "s", text, values.size() > 4 ? ", ..." : "");
}

std::string task_comment(const StartingChoices& choices, const FieldSurvey& label) {
  if (choices.task == Task::regression)
    return fmt::format("numbers from {} to {}; few of them could be classes: \"multiclass\"", label.low, label.high);
  if (label.values.size() < 2) return label_values(label) + " so far; \"regression\" where it is a quantity";
  return label_values(label);
}

void write_features(Writer& to, const StartingChoices& choices, bool all_numeric) {
  if (choices.features.empty()) return;
  if (all_numeric) {
    to.line(
        fmt::format("# features left out: every numeric field is one, {} of them: {}", choices.features.size(), some_of(choices.features)));
    to.line("# features = [...]                  # to choose some");
  } else {
    to.key("features", fmt::format("[{}]", quoted_list(choices.features)));
  }
}

std::string counted_values(const FieldSurvey& field) {
  const auto values = field.more_values ? std::string("more than 2,000") : grouped(field.values.size());
  return fmt::format("{} value{} such as {}", values, field.values.size() == 1 ? "" : "s", quoted(field.a_text));
}

void write_texts(Writer& to, const Survey& survey, const StartingChoices& choices) {
  if (!choices.categorical.empty()) {
    to.key("categorical", fmt::format("[{}]", quoted_list(choices.categorical)), "each value has a weight of its own");
    for (const auto& name : choices.categorical) to.line(fmt::format("# {} has {}", quoted(name), counted_values(*survey.find(name))));
  }
  for (const auto& name : choices.texts) {
    const auto& field = *survey.find(name);
    const auto* why = field.values.size() == 1 ? "always the same" : (field.values_recur() ? "too long" : "hardly any comes again");
    to.line(fmt::format("# {} is text, {}: {}, not learned from", quoted(name), counted_values(field), why));
  }
}

// A name as a key of TOML.
std::string key_text(const std::string& name) {
  const auto bare = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  return !name.empty() && std::ranges::all_of(name, bare) ? name : quoted(name);
}

void write_missing(Writer& to, const Survey& survey, const StartingChoices& choices) {
  to.line("\n[schema.missing]                    # by field: \"mean\", \"zero\", or \"reject\" for the whole record");
  to.key("default", "\"reject\"", "of the fields that every record had");
  for (const auto& name : choices.missing) {
    const auto absent = survey.missing(*survey.find(name));
    const auto seen = fmt::format("missing in {} record{}", grouped(absent), absent == 1 ? "" : "s");
    const bool category = std::ranges::find(choices.categorical, name) != choices.categorical.end();
    to.key(key_text(name), category ? "\"zero\"" : "\"mean\"", category ? seen + ": none of its values" : seen);
  }
}

void write_preprocess(Writer& to, const StartingChoices& choices) {
  to.line("\n[preprocess]");
  if (choices.hashed) to.key("encode", "\"hash\"", "the categories have many values");
  to.key("hash_bits", fmt::format("{}", choices.hash_bits), fmt::format("{} weights", grouped(std::uint64_t{1} << choices.hash_bits)));
}

void write_task(Writer& to, const Survey& survey, const StartingChoices& choices) {
  const auto& label = *survey.find(choices.label);
  to.line("\n[schema]");
  to.key("task", quoted(to_string(choices.task)), task_comment(choices, label));
  const auto others = choices.other_labels.empty() ? "" : "; could be: " + some_of(choices.other_labels);
  const auto* nameless = "what messages call it: a line begins with it";
  to.key("label", quoted(choices.label), survey.sparse ? nameless : choices.why_label + others);
  if (const auto absent = survey.missing(label); absent != 0)
    to.line(fmt::format("# {} records have no label: they are only predicted", grouped(absent)));
}

void write_sparse_schema(Writer& to, const Survey& survey, const StartingChoices& choices) {
  const auto& seen = *survey.sparse;
  write_task(to, survey, choices);
  const auto highest = survey.form.format == "libsvm" ? fmt::format(", the highest is {}", grouped(seen.highest)) : "";
  to.line(fmt::format("# A line names its own features, {} different ones{}; their values are taken as they are.", grouped(seen.features),
                      highest));
  to.line("# features = [...]                  # to choose some");
  if (seen.weights) to.line("# The importance behind the label is the sample's weight.");
  if (seen.ids) to.line("# The tag is the sample's id.");
  write_preprocess(to, choices);
  if (survey.form.format == "vw") to.line("# interactions = [\"ab\"]             # pairs of namespaces, by their first letters");
}

void write_schema(Writer& to, const Survey& survey, const StartingChoices& choices, bool all_numeric) {
  write_task(to, survey, choices);
  write_features(to, choices, all_numeric);
  write_texts(to, survey, choices);
  for (const auto& note : choices.notes) to.line("# " + note);
  if (!choices.id.empty()) to.key("id", quoted(choices.id), "different in every record");
  if (!choices.time.empty()) to.key("time", quoted(choices.time), "event time");
  if (choices.missing.empty())
    to.line("# missing = \"mean\"                  # a feature that is absent, empty or null; default \"reject\"");
  to.line("# incumbent = \"...\"                 # field with the present system's prediction, scored beside ours");
  if (!choices.missing.empty()) write_missing(to, survey, choices);
  if (choices.hashed) write_preprocess(to, choices);
}

void write_rest(Writer& to) {
  to.out += R"(
# How it learns: left out, rekindle chooses. To choose yourself, both or one of:
# [optimizer]
# type = "adam"                     # rekindle list optimizers
# [schedule]
# type = "cosine_restarts"          # rekindle list schedules
# lr = 0.1
# T_0 = 5000
# T_mult = 2
# eta_min = 0.001

# [drift]
# policy = "restart"                # what is done when the error rises; "none" only learns

[checkpoint]
directory = "state"                 # of `rekindle run`; one daemon each
# every = "10s"

[http]
listen = "127.0.0.1:9464"           # status, metrics, predictions; "" switches it off
)";
}

}  // namespace

std::string starting_file(const StartingSource& source, const Survey& survey, const StartingChoices& choices, bool all_numeric) {
  Writer to;
  write_head(to, source, survey);
  write_source(to, source, survey.form);
  if (survey.sparse) {
    write_sparse_schema(to, survey, choices);
  } else {
    write_schema(to, survey, choices, all_numeric);
  }
  write_rest(to);
  return to.out;
}

}  // namespace rekindle
