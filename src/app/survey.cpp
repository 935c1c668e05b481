#include "app/survey.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>

#include "connectors/decode/csv_line.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

constexpr std::size_t deepest_path = 8;

class Surveyor {
 public:
  explicit Surveyor(Survey& out) : out_(out) {}

  void add_json(const std::string& line);
  void add_csv(const std::string& line);
  void name_columns(const std::string& line);

 private:
  void add_object(const json::object& object, const std::string& prefix, std::size_t depth);
  void add_value(FieldSurvey& field, const json::value& value);
  void fail(std::string problem);
  FieldSurvey& field(const std::string& name, bool nested);
  bool cells_of(const std::string& line, std::vector<std::string>& cells) const;

  Survey& out_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::vector<std::string> columns_;
  std::vector<std::string> cells_;
};

void Surveyor::fail(std::string problem) {
  if (out_.unusable++ == 0) out_.problem = std::move(problem);
}

FieldSurvey& Surveyor::field(const std::string& name, bool nested) {
  const auto [at, is_new] = by_name_.emplace(name, out_.fields.size());
  if (is_new) {
    out_.fields.emplace_back(name);
    out_.fields.back().nested = nested;
  }
  return out_.fields[at->second];
}

void Surveyor::add_json(const std::string& line) {
  ++out_.records;
  boost::system::error_code error;
  const auto value = json::parse(line, error);
  if (error || !value.is_object()) return fail(error ? "not JSON: " + error.message() : "not a JSON object");
  add_object(value.as_object(), "", 1);
}

void Surveyor::add_object(const json::object& object, const std::string& prefix, std::size_t depth) {
  for (const auto& member : object) {
    const auto name = prefix + std::string(member.key());
    if (member.value().is_object() && depth < deepest_path) {
      add_object(member.value().as_object(), name + ".", depth + 1);
    } else if (!member.value().is_null()) {
      add_value(field(name, depth > 1), member.value());
    } else {
      (void)field(name, depth > 1);
    }
  }
}

void Surveyor::add_value(FieldSurvey& field, const json::value& value) {
  if (value.is_number()) return field.add_number(value.to_number<double>());
  if (value.is_bool()) return field.add_flag(value.as_bool());
  if (value.is_string()) return field.add_text(std::string_view(value.as_string().data(), value.as_string().size()));
  if (value.is_array()) {
    const auto& array = value.as_array();
    return field.add_array(array.size(), std::ranges::all_of(array, [](const auto& one) { return one.is_number(); }));
  }
  ++field.filled;
  ++field.others;
}

bool Surveyor::cells_of(const std::string& line, std::vector<std::string>& cells) const {
  cells.clear();
  CsvCell cell;
  for (CsvLine left(line, out_.form.delimiter); !left.done();) {
    if (!left.take(cell)) return false;
    std::string text(cell.text);
    if (cell.doubled) text.resize(without_doubled_quotes(cell.text, text.data()).size());
    cells.push_back(std::move(text));
  }
  return true;
}

void Surveyor::name_columns(const std::string& line) {
  cells_of(line, columns_);
  if (!columns_.empty() && columns_[0].starts_with("\xEF\xBB\xBF")) columns_[0].erase(0, 3);
}

void Surveyor::add_csv(const std::string& line) {
  ++out_.records;
  if (!cells_of(line, cells_)) return fail("a quote that is not closed, or that closes in the middle of a cell");
  if (columns_.empty()) {
    for (std::size_t i = 0; i < cells_.size(); ++i) columns_.push_back(fmt::format("c{}", i));
  }
  if (cells_.size() != columns_.size()) return fail(fmt::format("{} columns instead of {}", cells_.size(), columns_.size()));
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    auto& into = field(columns_[i], false);
    double number = 0;
    bool non_finite = false;
    if (csv_number(cells_[i], number, non_finite)) {
      into.add_number(number);
    } else if (non_finite) {
      into.add_number(number);
    } else if (csv_flag(cells_[i], number)) {
      into.add_flag(number != 0);
    } else if (!cells_[i].empty()) {
      into.add_text(cells_[i]);
    }
  }
}

}  // namespace

void FieldSurvey::count(std::string value) {
  const auto at = values.find(value);
  if (at != values.end()) {
    ++at->second;
  } else if (values.size() < most_values) {
    values.emplace(std::move(value), 1);
  } else {
    more_values = true;
  }
}

void FieldSurvey::add_number(double number) {
  ++filled;
  if (!std::isfinite(number)) {
    ++others;
    return;
  }
  ++numbers;
  whole += number == std::floor(number) ? 1 : 0;
  low = std::min(low, number);
  high = std::max(high, number);
  count(fmt::format("{}", number + 0.0));
}

void FieldSurvey::add_flag(bool flag) {
  ++filled;
  ++flags;
  count(flag ? "true" : "false");
}

void FieldSurvey::add_text(std::string_view text) {
  ++filled;
  ++texts;
  times += parse_rfc3339(text) ? 1 : 0;
  if (a_text.empty()) a_text = text.substr(0, 40);
  longest_text = std::max(longest_text, text.size());
  count(std::string(text));
}

void FieldSurvey::add_array(std::size_t elements, bool numeric) {
  ++filled;
  if (!numeric) {
    ++others;
    return;
  }
  ++arrays;
  if (!length) length = elements;
  same_length = same_length && *length == elements;
}

bool FieldSurvey::is_numeric() const {
  constexpr double few = 0.02;
  const auto good = numbers + flags;
  return good != 0 && static_cast<double>(filled - good) <= few * static_cast<double>(filled);
}

bool FieldSurvey::values_recur() const {
  std::uint64_t counted = 0;  // Less than `filled` where there are more values than are kept.
  for (const auto& [value, count] : values) counted += count;
  return 9 * counted >= 10 * values.size();
}

const FieldSurvey* Survey::find(std::string_view name) const {
  const auto at = std::ranges::find(fields, name, &FieldSurvey::name);
  return at == fields.end() ? nullptr : &*at;
}

Result<Survey> survey_records(std::span<const std::string> lines, const RecordForm& form) {
  if (form.format == "vw" || form.format == "libsvm") return survey_sparse_records(lines, form);
  Survey survey;
  survey.form = form;
  Surveyor surveyor(survey);
  if (form.header) {
    surveyor.name_columns(lines.front());
    lines = lines.subspan(1);
  }
  for (const auto& line : lines) {
    if (form.format == "csv") {
      surveyor.add_csv(line);
    } else {
      surveyor.add_json(line);
    }
  }
  if (survey.records == 0) return fail(ErrorCode::data, "there is a line with the names of the columns, but no record");
  if (survey.records == survey.unusable) return fail(ErrorCode::data, "no record can be read; the first: {}", survey.problem);
  return survey;
}

}  // namespace rekindle
