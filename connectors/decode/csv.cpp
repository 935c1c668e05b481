#include "connectors/decode/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/suggest.hpp"
#include "connectors/decode/csv_line.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

namespace {

using Names = std::vector<std::string>;

// What a column fills. `field` points into the plan; null: nothing wants it.
struct Column {
  const std::string* name = nullptr;
  FieldRole role = FieldRole::feature;
  std::size_t feature = 0;
  MissingPolicy missing = MissingPolicy::reject;
};

class CsvDecoder final : public Decoder {
 public:
  CsvDecoder(const Schema& schema, const DecoderOptions& options) : schema_(schema), options_(options) {}

  [[nodiscard]] std::optional<Names> discover(const RawRecord& record, Rejection& why) override;

  void set_layout(Names features) override {
    features_ = std::move(features);
    column_names_.clear();
    columns_.clear();
    problem_ = {};
    if (!options_.header) plan(numbered(columns_needed()));
  }

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override;

 private:
  [[nodiscard]] bool open(const RawRecord& record, std::string_view& line, Rejection& why) const;
  [[nodiscard]] std::optional<Names> names_of(const RawRecord& record, std::string_view line, Rejection& why) const;
  [[nodiscard]] std::size_t columns_needed() const;
  static Names numbered(std::size_t count);
  void plan(const Names& names);
  void assign(const Names& names, const std::string& name, FieldRole role, std::size_t feature);

  bool fill(CsvLine& line, Sample& sample, Rejection& why);
  bool fill_cell(const Column& column, const CsvCell& cell, Sample& sample, Rejection& why);
  bool fill_label(const CsvCell& cell, Label& label, Rejection& why);
  bool fill_incumbent(const CsvCell& cell, Label& incumbent);
  bool fill_time(std::string_view text, Sample& sample, Rejection& why) const;
  bool fill_category(const Column& column, const CsvCell& cell, Sample& sample, Rejection& why);
  static bool number(const Column& column, std::string_view text, double& out, Rejection& why);
  [[nodiscard]] std::string_view text_of(const CsvCell& cell);
  [[nodiscard]] bool as_many_as_wanted(std::size_t cells, Rejection& why) const;

  Schema schema_;
  DecoderOptions options_;
  Names features_;
  std::string column_names_;  // The line that `columns_` was planned from.
  std::vector<Column> columns_;
  std::vector<Column> absent_;        // Features without a column, where the schema allows that.
  std::optional<Rejection> problem_;  // With the columns: no record can be decoded.
  std::string unquoted_;              // Texts of the record at hand, as long as the record.
  char* unquoted_end_ = nullptr;
};

// Without the line's end, which Kafka records may have, and without what some editors put before the first character.
bool CsvDecoder::open(const RawRecord& record, std::string_view& line, Rejection& why) const {
  if (!may_be_decoded(record, options_.max_record_bytes, why)) return false;
  line = record.payload;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find('\n') == std::string_view::npos) return true;
  why = {RejectReason::undecodable, "", "a line break inside the record"};
  return false;
}

Names CsvDecoder::numbered(std::size_t count) {
  Names names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("c{}", i));
  return names;
}

// Without a header: up to the last column that the schema or a feature names.
std::size_t CsvDecoder::columns_needed() const {
  auto named = features_;
  named.insert(named.end(), schema_.categorical.begin(), schema_.categorical.end());
  named.insert(named.end(), {schema_.label, schema_.weight, schema_.offset, schema_.id, schema_.time, schema_.incumbent});
  std::size_t needed = 0;
  for (const auto& name : named) {
    std::size_t index = 0;
    const auto* const end = name.data() + name.size();
    if (!name.starts_with('c')) continue;
    const auto [rest, error] = std::from_chars(name.data() + 1, end, index);
    if (error == std::errc{} && rest == end && index < 1'000'000) needed = std::max(needed, index + 1);
  }
  return needed;
}

std::optional<Names> CsvDecoder::names_of(const RawRecord& record, std::string_view line, Rejection& why) const {
  if (!options_.header) return numbered(CsvLine(line, options_.delimiter).count());
  auto header = record.column_names;
  if (header.starts_with("\xEF\xBB\xBF")) header.remove_prefix(3);
  why = {RejectReason::undecodable, "", "the first line of the file does not name the columns (source.header = false where it is none)"};
  if (header.empty()) return std::nullopt;
  Names names;
  CsvCell cell;
  std::string text;
  for (CsvLine cells(header, options_.delimiter); !cells.done();) {
    if (!cells.take(cell)) return std::nullopt;
    text.resize(cell.text.size());
    names.emplace_back(cell.doubled ? without_doubled_quotes(cell.text, text.data()) : cell.text);
  }
  return names;
}

std::optional<Names> CsvDecoder::discover(const RawRecord& record, Rejection& why) {
  std::string_view line;
  if (!open(record, line, why)) return std::nullopt;
  const auto names = names_of(record, line, why);
  if (!names) return std::nullopt;
  std::vector<FoundField> found;
  CsvCell cell;
  CsvLine cells(line, options_.delimiter);
  for (std::size_t i = 0; i < names->size() && !cells.done() && cells.take(cell); ++i) {
    double ignored = 0;
    bool non_finite = false;
    const auto& name = (*names)[i];
    const bool numeric = csv_number(cell.text, ignored, non_finite) || non_finite || csv_flag(cell.text, ignored);
    const auto element = name.rfind('[');
    const bool goes_on = element != std::string::npos && !found.empty() && found.back().length &&
                         name == fmt::format("{}[{}]", found.back().name, *found.back().length);
    if (goes_on) {
      ++*found.back().length;
      found.back().numeric = found.back().numeric && numeric;
    } else if (name.ends_with("[0]")) {
      found.push_back({name.substr(0, element), numeric, false, 1});
    } else {
      found.push_back({name, numeric, false, {}});
    }
  }
  return choose_features(schema_, found, why);
}

void CsvDecoder::plan(const Names& names) {
  columns_.assign(names.size(), {});
  absent_.clear();
  problem_ = {};
  for (std::size_t i = 0; i < features_.size(); ++i) assign(names, features_[i], FieldRole::feature, i);
  for (std::size_t i = 0; i < schema_.categorical.size(); ++i) assign(names, schema_.categorical[i], FieldRole::category, i);
  assign(names, schema_.label, FieldRole::label, 0);
  if (!schema_.weight.empty()) assign(names, schema_.weight, FieldRole::weight, 0);
  if (!schema_.offset.empty()) assign(names, schema_.offset, FieldRole::offset, 0);
  if (!schema_.id.empty()) assign(names, schema_.id, FieldRole::id, 0);
  if (!schema_.time.empty()) assign(names, schema_.time, FieldRole::time, 0);
  if (!schema_.incumbent.empty()) assign(names, schema_.incumbent, FieldRole::incumbent, 0);
}

void CsvDecoder::assign(const Names& names, const std::string& name, FieldRole role, std::size_t feature) {
  const auto at = std::ranges::find(names, name);
  const bool is_input = role == FieldRole::feature || role == FieldRole::category;
  const Column column = {&name, role, feature, is_input ? schema_.missing_policy(name) : MissingPolicy::reject};
  if (at != names.end()) {
    columns_[static_cast<std::size_t>(at - names.begin())] = column;
    const bool twice = std::find(at + 1, names.end(), name) != names.end();
    if (twice && !problem_) problem_ = {RejectReason::undecodable, name, fmt::format("column \"{}\" is there twice", name)};
    return;
  }
  if (role == FieldRole::id || role == FieldRole::time || role == FieldRole::incumbent) return;
  if (role == FieldRole::label && options_.label_may_be_absent) return;
  if (column.missing != MissingPolicy::reject) {
    if (role == FieldRole::feature) absent_.push_back(column);
    return;
  }
  const auto reason = role == FieldRole::label ? RejectReason::missing_label : RejectReason::missing_field;
  const auto has = options_.header ? fmt::format(" (the header has {})", fmt::join(names, ", ")) : " (without a header: c0, c1, ...)";
  if (!problem_) problem_ = {reason, name, fmt::format("field \"{}\" is missing{}{}", name, did_you_mean(name, names), has)};
}

bool CsvDecoder::decode(const RawRecord& record, Sample& sample, Rejection& why) {
  std::string_view text;
  if (!open(record, text, why)) return false;
  if (options_.header && (columns_.empty() || record.column_names != column_names_)) {
    const auto names = names_of(record, text, why);
    if (!names) return false;
    column_names_ = record.column_names;
    plan(*names);
  }
  if (problem_) {
    why = *problem_;
    return false;
  }
  begin_sample(record, features_.size(), schema_.categorical.size(), sample);
  for (const auto& column : absent_) sample.values[column.feature] = stand_in(column.missing);
  if (unquoted_.size() < text.size()) unquoted_.resize(2 * text.size());
  unquoted_end_ = unquoted_.data();
  CsvLine line(text, options_.delimiter);
  if (fill(line, sample, why)) return true;
  // Cells in the wrong place are told by their number, whatever was found in one of them.
  CsvLine whole(text, options_.delimiter);
  const auto cells = whole.count();
  if (whole.done()) (void)as_many_as_wanted(cells, why);
  return false;
}

bool CsvDecoder::as_many_as_wanted(std::size_t cells, Rejection& why) const {
  if (cells == columns_.size() || (cells > columns_.size() && !options_.header)) return true;
  const auto* wanted = options_.header ? "the header has" : "the schema needs";
  why = {RejectReason::undecodable, "", fmt::format("{} columns, {} {}", cells, wanted, columns_.size())};
  return false;
}

bool CsvDecoder::fill(CsvLine& line, Sample& sample, Rejection& why) {
  CsvCell cell;
  std::size_t cells = 0;
  for (; !line.done() && cells < columns_.size(); ++cells) {
    const auto& column = columns_[cells];
    if (column.role == FieldRole::feature && column.name != nullptr && line.take_number(sample.values[column.feature])) continue;
    if (!line.take(cell)) {
      why = {RejectReason::undecodable, column.name == nullptr ? "" : *column.name,
             fmt::format("column {}: a quote that is not closed, or that closes in the middle", cells + 1)};
      return false;
    }
    if (column.name != nullptr && !fill_cell(column, cell, sample, why)) return false;
  }
  return as_many_as_wanted(line.done() ? cells : cells + 1, why);
}

std::string_view CsvDecoder::text_of(const CsvCell& cell) {
  if (!cell.doubled) return cell.text;
  const auto text = without_doubled_quotes(cell.text, unquoted_end_);
  unquoted_end_ += text.size();
  return text;
}

bool CsvDecoder::fill_cell(const Column& column, const CsvCell& cell, Sample& sample, Rejection& why) {
  switch (column.role) {
    case FieldRole::feature:
    case FieldRole::feature_array: return number(column, cell.text, sample.values[column.feature], why);
    case FieldRole::category: return fill_category(column, cell, sample, why);
    case FieldRole::label: return fill_label(cell, sample.label, why);
    case FieldRole::incumbent: return fill_incumbent(cell, sample.incumbent);
    case FieldRole::weight: return number(column, cell.text, sample.weight, why);
    case FieldRole::offset: return number(column, cell.text, sample.offset, why);
    case FieldRole::time: return fill_time(cell.text, sample, why);
    case FieldRole::id: sample.id = text_of(cell); return true;
  }
  return true;
}

bool CsvDecoder::fill_category(const Column& column, const CsvCell& cell, Sample& sample, Rejection& why) {
  const auto text = text_of(cell);
  if (!text.empty() || column.missing != MissingPolicy::reject)
    return take_category(*column.name, text, sample.categories[column.feature], why);
  why = {RejectReason::missing_field, *column.name, fmt::format("field \"{}\" is empty", *column.name)};
  return false;
}

bool CsvDecoder::number(const Column& column, std::string_view text, double& out, Rejection& why) {
  const auto& name = *column.name;
  bool non_finite = false;
  if (csv_number(text, out, non_finite) || csv_flag(text, out)) return true;
  if (text.empty()) {
    out = stand_in(column.missing);
    if (column.missing != MissingPolicy::reject) return true;
    why = {RejectReason::missing_field, name, fmt::format("field \"{}\" is empty", name)};
  } else if (non_finite) {
    why = {RejectReason::non_finite, name, fmt::format("field \"{}\" is not a finite number", name)};
  } else {
    why = {RejectReason::wrong_type, name, fmt::format("field \"{}\": expected a number, got text", name)};
  }
  return false;
}

// A class is a number where it is written as one, so that 1 and 1.0 are the same class, as they are in JSON.
bool CsvDecoder::fill_label(const CsvCell& cell, Label& label, Rejection& why) {
  if (cell.text.empty()) return true;
  bool non_finite = false;
  label.kind = Label::Kind::number;
  if (!schema_.is_classification()) return number({&schema_.label, FieldRole::label}, cell.text, label.number, why);
  if (csv_number(cell.text, label.number, non_finite)) return true;
  label = {Label::Kind::text, 0, text_of(cell)};
  return true;
}

// What is no prediction is none; the sample is learned all the same.
bool CsvDecoder::fill_incumbent(const CsvCell& cell, Label& incumbent) {
  Rejection ignored;
  if (!fill_label(cell, incumbent, ignored)) incumbent = {};
  return true;
}

bool CsvDecoder::fill_time(std::string_view text, Sample& sample, Rejection& why) const {
  double ms = 0;
  bool non_finite = false;
  if (text.empty()) return true;
  if (csv_number(text, ms, non_finite) && std::abs(ms) < 9e15) {
    sample.time_ms = static_cast<std::int64_t>(ms);
    return true;
  }
  const auto parsed = parse_rfc3339(text);
  sample.time_ms = parsed.value_or(0);
  if (parsed) return true;
  why = {RejectReason::wrong_type, schema_.time, fmt::format("field \"{}\": expected ms since 1970 or RFC 3339", schema_.time)};
  return false;
}

}  // namespace

std::unique_ptr<Decoder> make_csv_decoder(const Schema& schema, const DecoderOptions& options) {
  return std::make_unique<CsvDecoder>(schema, options);
}

}  // namespace rekindle
