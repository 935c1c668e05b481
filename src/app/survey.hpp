// Survey: what the first records of a file or a topic look like, for `config init`.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rekindle {

// How records are written, in the words of `[source]`.
struct RecordForm {
  std::string format;
  char delimiter = ',';
  bool header = false;  // The first of the lines names the columns.
};

// What a field holds over all records that were looked at.
struct FieldSurvey {
  static constexpr std::size_t most_values = 2000;

  explicit FieldSurvey(std::string field_name) : name(std::move(field_name)) {}

  std::string name;
  bool nested = false;       // At the end of a path.
  std::uint64_t filled = 0;  // Records that have a value there; neither absent nor null nor an empty cell.
  std::uint64_t numbers = 0;
  std::uint64_t whole = 0;  // Of the numbers: integers.
  std::uint64_t flags = 0;  // true, false
  std::uint64_t texts = 0;
  std::uint64_t times = 0;  // Of the texts: RFC 3339.
  std::uint64_t arrays = 0;
  std::uint64_t others = 0;           // What cannot be learned from: arrays of other things than numbers, numbers that are not finite.
  std::optional<std::size_t> length;  // Of the arrays; their first's.
  bool same_length = true;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  std::string a_text;                           // The first that is not empty.
  std::size_t longest_text = 0;                 // In bytes.
  std::map<std::string, std::uint64_t> values;  // At most `most_values`; `numbers`, `flags` and `texts` only.
  bool more_values = false;

  void add_number(double number);
  void add_flag(bool flag);
  void add_text(std::string_view text);
  void add_array(std::size_t elements, bool numeric);

  // All but a few of the values are numbers (or flags): what the others are, the decoder refuses.
  [[nodiscard]] bool is_numeric() const;
  [[nodiscard]] bool is_array() const { return arrays != 0 && arrays == filled && same_length && length != 0U; }
  [[nodiscard]] bool is_text() const { return texts != 0 && !is_numeric() && arrays + others == 0; }
  // Of the values, some come again and again: what is learned about one is of use later.
  [[nodiscard]] bool values_recur() const;
  [[nodiscard]] bool all_different() const { return !more_values ? values.size() == filled : filled > most_values; }

 private:
  void count(std::string value);
};

// Of records that name their features themselves.
struct SparseSurvey {
  std::size_t features = 0;   // Different ones.
  std::uint32_t highest = 0;  // The largest index, where features are numbers.
  bool weights = false;       // Some record has an importance of its own.
  bool ids = false;           // Some record has a tag.
};

struct Survey {
  RecordForm form;
  std::uint64_t records = 0;
  std::uint64_t unusable = 0;       // Of them: not to be parsed at all.
  std::string problem;              // Of the first unusable one.
  std::vector<FieldSurvey> fields;  // In the order of their first appearance; of sparse records the label alone.
  std::optional<SparseSurvey> sparse;

  [[nodiscard]] const FieldSurvey* find(std::string_view name) const;
  [[nodiscard]] std::uint64_t missing(const FieldSurvey& field) const { return records - unusable - field.filled; }
};

// ErrorCode::data: why these lines are nothing that rekindle reads. `may_name_columns`: the first line of a file may.
[[nodiscard]] Result<RecordForm> recognise_form(std::span<const std::string> lines, bool may_name_columns);

// What the label of a record is called that does not name it.
inline constexpr const char* sparse_label = "label";

// `lines` with the one that names the columns.
[[nodiscard]] Result<Survey> survey_records(std::span<const std::string> lines, const RecordForm& form);

// The same for a form whose records name their features themselves: "vw" or "libsvm".
[[nodiscard]] Result<Survey> survey_sparse_records(std::span<const std::string> lines, const RecordForm& form);

}  // namespace rekindle
