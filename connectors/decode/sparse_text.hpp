// What the text formats of sparse features have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/decoder.hpp"
#include "data/hashing.hpp"

namespace rekindle {

// More features than any record has; pairs of features count too.
inline constexpr std::size_t most_sparse_features = 1'000'000;

[[nodiscard]] constexpr bool is_gap(char c) { return c == ' ' || c == '\t'; }

// The next word between blanks, taken off `rest`; empty when none is left.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

// name:value. Without a colon there is no value; with one, its text, and the number where it is a plain one (`read`).
struct ValuedWord {
  std::string_view name;
  std::string_view text;
  double value = 1;
  bool has_value = false;
  bool read = false;
  [[nodiscard]] bool empty() const { return name.empty() && !has_value; }
  [[nodiscard]] std::size_t size() const { return name.size() + (has_value ? 1 + text.size() : 0); }  // From the name's first character.
};

// The same in one pass, for the many features of a line.
[[nodiscard]] ValuedWord take_valued_word(std::string_view& rest);

// A number of a record into `out`. `what` names it where it is not one, or not finite.
[[nodiscard]] bool take_number(std::string_view text, std::string_view what, double& out, Rejection& why);

// The label as it is written: a number, or, where there are classes, a name.
[[nodiscard]] bool take_label(std::string_view text, const Schema& schema, Sample& sample, Rejection& why);

// Without the line's end. False: there is nothing to decode, too much, or several lines.
[[nodiscard]] bool open_line(const RawRecord& record, std::size_t max_record_bytes, std::string_view& line, Rejection& why);

// The sparse features in their final order. False: some cannot be added up, or they are too many.
[[nodiscard]] bool finish_sparse(Sample& sample, EntryOrder& order, Rejection& why);

[[nodiscard]] bool too_many_features(Rejection& why);  // Always false.

// The features that `schema.features` lists: nothing listed, every one.
class FeatureFilter {
 public:
  explicit FeatureFilter(std::vector<std::string> names);
  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] bool takes(std::string_view name) const;

 private:
  std::vector<std::string> names_;  // Sorted.
};

}  // namespace rekindle
