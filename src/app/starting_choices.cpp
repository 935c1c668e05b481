#include "app/starting_choices.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/suggest.hpp"
#include "base/value.hpp"
#include "connectors/decode/fields.hpp"
#include "data/hashing.hpp"

namespace rekindle {

namespace {

// In the order in which they are believed.
constexpr std::array label_names = {"target",  "label", "y",     "class",    "clicked",  "click",    "outcome", "converted",
                                    "churned", "churn", "fraud", "is_fraud", "survived", "response", "result",  "truth"};
constexpr std::array time_names = {"time", "timestamp", "ts", "datetime", "date", "event_time", "created_at", "created", "at"};
constexpr std::array id_names = {"id", "uuid", "guid", "key", "record_id", "event_id", "sample_id"};

constexpr std::size_t most_numbered_classes = 50;  // More different integers are taken for a quantity.
constexpr std::size_t most_named_classes = 1000;
constexpr std::size_t most_onehot_values = 1000;  // Over all fields.
constexpr std::uint64_t room_for_each = 16;       // Of hashed names: then 3 % of them share their coordinate with another one.
constexpr double first_ms = 1e11;                 // 1973, in ms since 1970.
constexpr double last_ms = 1e13;                  // 2286
constexpr double first_seconds = 1e8;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The last step of a path.
std::string own_name(const FieldSurvey& field) { return lower(field.name.substr(field.name.rfind('.') + 1)); }

template <std::size_t Size>
bool is_one_of(const std::string& name, const std::array<const char*, Size>& names) {
  return std::ranges::find(names, name) != names.end();
}

// One value a record, and not a different one each: something to predict.
bool may_be_label(const FieldSurvey& field) {
  const bool scalar = field.filled != 0 && field.arrays + field.others == 0;
  return scalar && (field.is_numeric() ||
                    (!field.more_values && field.values.size() <= most_named_classes && 2 * field.values.size() <= field.filled + 2));
}

bool is_time(const FieldSurvey& field) {
  if (field.filled == 0) return false;
  if (field.times == field.filled) return true;
  const bool named = is_one_of(own_name(field), time_names) || own_name(field).ends_with("_at") || own_name(field).ends_with("_ts") ||
                     own_name(field).ends_with("time");
  return named && field.numbers == field.filled && field.low >= first_ms && field.high <= last_ms;
}

bool is_time_in_seconds(const FieldSurvey& field) {
  const bool named = is_one_of(own_name(field), time_names) || own_name(field).ends_with("_at");
  return named && field.numbers != 0 && field.numbers == field.filled && field.low >= first_seconds && field.high < first_ms;
}

bool is_id(const FieldSurvey& field) {
  const auto name = own_name(field);
  const bool named = is_one_of(name, id_names) || name.ends_with("_id") || name.ends_with("_uuid");
  return named && field.filled != 0 && field.whole + field.texts == field.filled && field.all_different();
}

class Chooser {
 public:
  explicit Chooser(const Survey& survey) : survey_(survey) {}

  Status choose_label(const std::string& wanted);
  void choose_task();
  Status choose_features();
  StartingChoices out;

 private:
  void guess_label();
  bool has_other_role(const FieldSurvey& field);
  void take(const FieldSurvey& field);
  void take_text(const FieldSurvey& field);
  void choose_encoding();
  void choose_sparse();
  const Survey& survey_;
  const FieldSurvey* label_ = nullptr;
};

void Chooser::guess_label() {
  for (const auto* name : label_names) {
    for (const auto& field : survey_.fields) {
      if (label_ == nullptr && own_name(field) == name && may_be_label(field)) label_ = &field;
    }
  }
  out.why_label = "chosen by its name";
  if (label_ != nullptr) return;
  out.why_label = "the last field: name another with --label";
  for (const auto& field : survey_.fields) {
    if (may_be_label(field) && !is_time(field) && !is_id(field)) label_ = &field;
  }
}

Status Chooser::choose_label(const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& field : survey_.fields) names.push_back(field.name);
  if (survey_.sparse) {
    if (!wanted.empty() && wanted != sparse_label)
      return fail(ErrorCode::usage, "--label {}: a {} record has one label, which has no name", wanted, survey_.form.format);
    label_ = &survey_.fields.front();
    if (label_->filled == 0) return fail(ErrorCode::data, "no record has a label");
  } else if (wanted.empty()) {
    guess_label();
    if (label_ == nullptr)
      return fail(ErrorCode::data, "no field looks like a label; name it with --label (there are {})", fmt::join(names, ", "));
  } else {
    label_ = survey_.find(wanted);
    out.why_label = "as --label says";
    if (label_ == nullptr)
      return fail(ErrorCode::usage, "--label {}: there is no such field{} (there are {})", wanted, did_you_mean(wanted, names),
                  fmt::join(names, ", "));
    if (label_->arrays + label_->others != 0 && !label_->is_numeric())
      return fail(ErrorCode::usage, "--label {}: is no single value", wanted);
  }
  out.label = label_->name;
  for (const auto& field : survey_.fields) {
    const bool few_values = !field.more_values && field.values.size() <= most_numbered_classes / 2;
    if (&field != label_ && few_values && may_be_label(field) && !is_time(field) && !is_id(field)) out.other_labels.push_back(field.name);
  }
  return {};
}

void Chooser::choose_task() {
  const auto different = label_->values.size();
  const bool continuous = label_->is_numeric() && (label_->more_values || label_->whole + label_->flags < label_->numbers + label_->flags);
  if (!label_->more_values && different <= 2) {
    out.task = Task::binary;
  } else if (!label_->is_numeric()) {
    out.task = Task::multiclass;
  } else {
    // Few integers that come again and again are names of classes; more of them where the field is called a class.
    const bool named = is_one_of(own_name(*label_), std::array{"class", "label", "target", "category"});
    const std::size_t most = named ? most_named_classes : most_numbered_classes;
    const bool again = different * (named ? 2 : 4) <= label_->filled;
    out.task = !continuous && again && different <= most ? Task::multiclass : Task::regression;
  }
}

bool Chooser::has_other_role(const FieldSurvey& field) {
  if (&field == label_) return true;
  if (is_time(field)) {
    if (out.time.empty()) {
      out.time = field.name;
    } else {
      out.notes.push_back(fmt::format("{} is a time too: not learned from", quoted(field.name)));
    }
    return true;
  }
  if (is_time_in_seconds(field)) {
    out.notes.push_back(
        fmt::format("{} counts seconds since 1970; a time field has milliseconds or RFC 3339: left out", quoted(field.name)));
    return true;
  }
  if (!is_id(field)) return false;
  if (out.id.empty()) {
    out.id = field.name;
  } else {
    out.notes.push_back(fmt::format("{} is different in every record: not learned from", quoted(field.name)));
  }
  return true;
}

void Chooser::take_text(const FieldSurvey& field) {
  const bool constant = field.values.size() == 1 && survey_.missing(field) == 0;
  if (constant || !field.values_recur() || field.longest_text > longest_category) {
    out.texts.push_back(field.name);
    return;
  }
  out.categorical.push_back(field.name);
  if (survey_.missing(field) != 0) out.missing.push_back(field.name);
}

// A coordinate for each value, unless there are too many of them, or no end of them.
void Chooser::choose_encoding() {
  std::size_t values = 0;
  for (const auto& name : out.categorical) {
    const auto& field = *survey_.find(name);
    values += field.values.size();
    out.hashed = out.hashed || field.more_values;
  }
  out.hashed = out.hashed || values > most_onehot_values;
  if (out.hashed) out.hash_bits = choose_hash_bits(room_for_each * values, out.task == Task::multiclass ? label_->values.size() : 1);
}

// An index is its own coordinate, a name has any.
void Chooser::choose_sparse() {
  const auto& seen = *survey_.sparse;
  const bool numbered = survey_.form.format == "libsvm";
  const auto coordinates = numbered ? std::uint64_t{seen.highest} + 1 : room_for_each * seen.features;
  out.hash_bits = choose_hash_bits(coordinates, out.task == Task::multiclass ? label_->values.size() : 1);
}

void Chooser::take(const FieldSurvey& field) {
  if (field.is_text()) return take_text(field);
  if (!field.is_numeric() && !field.is_array()) {
    if (field.filled == 0) {
      out.notes.push_back(fmt::format("{} is always empty: left out", quoted(field.name)));
    } else {
      out.notes.push_back(fmt::format("{} is not always a number, or an array of as many: left out", quoted(field.name)));
    }
    return;
  }
  out.features.push_back(field.name);
  if (survey_.missing(field) != 0) out.missing.push_back(field.name);
  const auto refused = field.is_array() ? 0 : field.filled - field.numbers - field.flags;
  if (refused == 0) return;
  out.notes.push_back(fmt::format("{} is no number in {} record{}{}: those are refused", quoted(field.name), refused,
                                  refused == 1 ? "" : "s", field.a_text.empty() ? "" : ", such as " + quoted(field.a_text)));
}

Status Chooser::choose_features() {
  if (survey_.sparse) {
    choose_sparse();
    return {};
  }
  for (const auto& field : survey_.fields) {
    if (!has_other_role(field)) take(field);
  }
  choose_encoding();
  if (!out.features.empty() || !out.categorical.empty()) return {};
  return fail(ErrorCode::data, "beside the label \"{}\" there is no numeric field to learn from, and no text whose values come again",
              out.label);
}

}  // namespace

unsigned choose_hash_bits(std::uint64_t coordinates, std::size_t classes) {
  constexpr unsigned usual = 18;
  constexpr std::uint64_t most_weights = std::uint64_t{1} << 20U;  // More only where the features want them.
  unsigned bits = usual;
  while (bits > 1 && classes > 2 && (classes << bits) > most_weights) --bits;
  while (bits < most_hash_bits && (std::uint64_t{1} << bits) < coordinates) ++bits;
  return bits;
}

Result<StartingChoices> choose(const Survey& survey, const std::string& label) {
  Chooser chooser(survey);
  if (auto status = chooser.choose_label(label); !status) return tl::unexpected(status.error());
  chooser.choose_task();
  if (auto status = chooser.choose_features(); !status) return tl::unexpected(status.error());
  return std::move(chooser.out);
}

}  // namespace rekindle
