#include "connectors/decode/sparse_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/decode/csv_line.hpp"
#include "connectors/decode/fields.hpp"
#include "connectors/decode/plain_number.hpp"
#include "data/hashing.hpp"

namespace rekindle {

// Words are short: looking for their ends byte by byte is faster than by a call each.
std::string_view take_word(std::string_view& rest) {
  const char* begin = rest.data();
  const char* const last = begin + rest.size();
  while (begin != last && is_gap(*begin)) ++begin;
  const char* end = begin;
  while (end != last && !is_gap(*end)) ++end;
  rest = {end, static_cast<std::size_t>(last - end)};
  return {begin, static_cast<std::size_t>(end - begin)};
}

ValuedWord take_valued_word(std::string_view& rest) {
  const char* begin = rest.data();
  const char* const last = begin + rest.size();
  while (begin != last && is_gap(*begin)) ++begin;
  const char* at = begin;
  while (at != last && *at != ':' && !is_gap(*at)) ++at;
  ValuedWord word;
  word.name = {begin, static_cast<std::size_t>(at - begin)};
  if (at != last && *at == ':') {
    const char* const value = at + 1;
    const char* end = plain_number(value, last, word.value);
    word.read = end != nullptr && (end == last || is_gap(*end));
    for (at = word.read ? end : value; at != last && !is_gap(*at);) ++at;
    word.text = {value, static_cast<std::size_t>(at - value)};
    word.has_value = true;
  }
  rest = {at, static_cast<std::size_t>(last - at)};
  return word;
}

bool take_number(std::string_view text, std::string_view what, double& out, Rejection& why) {
  bool non_finite = false;
  if (csv_number(text, out, non_finite)) return true;
  if (non_finite) {
    why = {RejectReason::non_finite, std::string(what), fmt::format("{} is not a finite number", what)};
  } else {
    why = {RejectReason::wrong_type, std::string(what), fmt::format("{}: expected a number, got text", what)};
  }
  return false;
}

bool take_label(std::string_view text, const Schema& schema, Sample& sample, Rejection& why) {
  bool non_finite = false;
  sample.label.kind = Label::Kind::number;
  if (csv_number(text, sample.label.number, non_finite)) return true;
  if (!schema.is_classification()) return take_number(text, schema.label, sample.label.number, why);
  sample.label = {Label::Kind::text, 0, text};
  return true;
}

bool open_line(const RawRecord& record, std::size_t max_record_bytes, std::string_view& line, Rejection& why) {
  if (!may_be_decoded(record, max_record_bytes, why)) return false;
  line = record.payload;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find('\n') == std::string_view::npos) return true;
  why = {RejectReason::undecodable, "", "a line break inside the record"};
  return false;
}

bool finish_sparse(Sample& sample, EntryOrder& order, Rejection& why) {
  if (order.put_in_order(sample.sparse)) return true;
  why = {RejectReason::non_finite, "", "the value of a feature is not a finite number"};
  return false;
}

bool too_many_features(Rejection& why) {
  why = {RejectReason::too_large, "", fmt::format("more than {} features, with their pairs", most_sparse_features)};
  return false;
}

FeatureFilter::FeatureFilter(std::vector<std::string> names) : names_(std::move(names)) { std::ranges::sort(names_); }

bool FeatureFilter::takes(std::string_view name) const {
  const auto at = std::ranges::lower_bound(names_, name, std::less<>());
  return at != names_.end() && *at == name;
}

}  // namespace rekindle
