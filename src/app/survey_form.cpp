// Which format, delimiter and header a few lines of text have.
#include <algorithm>
#include <array>
#include <set>

#include "app/survey.hpp"
#include "connectors/decode/csv_line.hpp"
#include "connectors/decode/registry.hpp"
#include "connectors/decode/utf8.hpp"

namespace rekindle {

namespace {

using Lines = std::span<const std::string>;

constexpr std::size_t lines_compared = 100;

Lines first_of(Lines lines) { return lines.first(std::min(lines.size(), lines_compared)); }

// All but one of ten lines; records may be empty in a way that tells nothing.
template <class Test>
bool mostly(Lines lines, Test test) {
  const auto some = first_of(lines);
  return 10 * static_cast<std::size_t>(std::ranges::count_if(some, test)) >= 9 * some.size();
}

std::vector<std::string> cells_of(std::string_view line, char delimiter) {
  std::vector<std::string> cells;
  CsvCell cell;
  for (CsvLine left(line, delimiter); !left.done() && left.take(cell);) cells.emplace_back(cell.text);
  return cells;
}

bool is_number(std::string_view text) {
  double ignored = 0;
  bool non_finite = false;
  return csv_number(text, ignored, non_finite) || non_finite || csv_flag(text, ignored);
}

// "LABEL index:value index:value": as SVMlight writes it.
bool looks_like_libsvm(std::string_view line) {
  const auto tokens = cells_of(line.substr(0, line.find('#')), ' ');
  std::size_t pairs = 0;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].empty()) continue;
    const auto colon = tokens[i].find(':');
    const bool pair = colon != std::string::npos && is_number(std::string_view(tokens[i]).substr(colon + 1)) &&
                      (tokens[i].starts_with("qid:") || is_number(std::string_view(tokens[i]).substr(0, colon)));
    if (!pair) return false;
    ++pairs;
  }
  return pairs != 0 && is_number(tokens[0]);
}

// "[LABEL [importance [base]] ['tag]]|namespace feature[:value] ...": a bar with a blank or a name behind it, and no
// other column that would make it a table with bars.
bool looks_like_vw(std::string_view line) {
  const auto bar = line.find('|');
  if (bar == std::string_view::npos) return false;
  for (const auto& token : cells_of(line.substr(0, bar), ' ')) {
    if (!token.empty() && !is_number(token) && token[0] != '\'') return false;
  }
  const auto rest = line.substr(bar + 1);
  return rest.find(' ') != std::string_view::npos && rest.find(',') == std::string_view::npos;
}

std::optional<std::string> not_text(Lines lines) {
  for (const auto& line : first_of(lines)) {
    if (line.find('\0') != std::string::npos || !is_utf8(line)) {
      const bool framed = line[0] == '\0' && line.size() > 5;
      return framed ? "records begin with a zero byte: Avro, Protobuf or JSON with a schema registry, which `config init` does not guess"
                    : "not text in UTF-8 (gzip and zstd files are read as they are; others have to be unpacked or converted first)";
    }
  }
  return std::nullopt;
}

// The delimiter that splits all lines into the same number of columns, the most of them.
std::optional<char> delimiter_of(Lines lines) {
  std::optional<char> best;
  std::size_t best_columns = 1;
  for (const char delimiter : {',', ';', '\t', '|', ' '}) {
    const auto columns = CsvLine(lines.front(), delimiter).count();
    const auto same = [&](const auto& line) { return CsvLine(line, delimiter).count() == columns; };
    if (columns > best_columns && mostly(lines, same)) {
      best = delimiter;
      best_columns = columns;
    }
  }
  return best;
}

// A first line of names: over a column of numbers, or each the only one of its kind in its column.
bool names_columns(Lines lines, char delimiter) {
  const auto first = cells_of(lines.front(), delimiter);
  const std::set<std::string> different(first.begin(), first.end());
  if (different.size() != first.size() || different.contains("")) return false;
  bool all_texts = true;
  std::vector<bool> recurs(first.size(), false);
  for (const auto& line : first_of(lines).subspan(1)) {
    const auto cells = cells_of(line, delimiter);
    for (std::size_t i = 0; i < std::min(cells.size(), first.size()); ++i) {
      if (!is_number(first[i]) && is_number(cells[i])) return true;
      recurs[i] = recurs[i] || cells[i] == first[i];
    }
  }
  for (const auto& name : first) all_texts = all_texts && !is_number(name);
  return all_texts && std::ranges::find(recurs, true) == recurs.end();
}

Result<RecordForm> of_format(const std::string& name) {
  if (find_row(formats(), name) != nullptr) return RecordForm{name};
  return fail(ErrorCode::data, "this looks like format \"{}\", which this version does not read", name);
}

}  // namespace

Result<RecordForm> recognise_form(Lines lines, bool may_name_columns) {
  if (lines.empty()) return fail(ErrorCode::data, "there is nothing in it");
  if (const auto problem = not_text(lines)) return fail(ErrorCode::data, "{}", *problem);
  std::string_view first = lines.front();
  if (first.starts_with("\xEF\xBB\xBF")) first.remove_prefix(3);
  first.remove_prefix(std::min(first.find_first_not_of(" \t"), first.size()));
  if (first.starts_with('[')) {
    return fail(ErrorCode::data, "this begins a JSON array; rekindle reads one JSON object a line (jq -c '.[]' makes them)");
  }
  if (first == "{") {
    return fail(ErrorCode::data, "a JSON object over several lines; rekindle reads one JSON object a line (jq -c . makes them)");
  }
  if (first.starts_with('{')) return RecordForm{"json"};
  if (mostly(lines, looks_like_vw)) return of_format("vw");
  if (mostly(lines, looks_like_libsvm)) return of_format("libsvm");
  const auto delimiter = delimiter_of(lines);
  if (!delimiter) {
    return fail(ErrorCode::data,
                "neither JSON nor a table: no delimiter (, ; tab | blank) splits its lines into the same number of columns");
  }
  return RecordForm{"csv", *delimiter, may_name_columns && names_columns(lines, *delimiter)};
}

}  // namespace rekindle
