#include "connectors/decode/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/suggest.hpp"

namespace rekindle {

FieldPlan::FieldPlan(const Schema& schema, const std::vector<std::string>& features) {
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto& name = features[i];
    if (!name.ends_with("[0]")) {
      add(name, FieldRole::feature, i, 1, schema.missing_policy(name));
      continue;
    }
    const auto array = name.substr(0, name.size() - 3);
    std::size_t count = 1;
    while (i + count < features.size() && features[i + count] == fmt::format("{}[{}]", array, count)) ++count;
    add(array, FieldRole::feature_array, i, count, schema.missing_policy(array));
    i += count - 1;
  }
  for (std::size_t i = 0; i < schema.categorical.size(); ++i) {
    const auto& name = schema.categorical[i];
    add(name, FieldRole::category, i, 1, schema.missing_policy(name));
  }
  if (!schema.label.empty()) add(schema.label, FieldRole::label);
  if (!schema.weight.empty()) add(schema.weight, FieldRole::weight);
  if (!schema.offset.empty()) add(schema.offset, FieldRole::offset);
  if (!schema.id.empty()) add(schema.id, FieldRole::id);
  if (!schema.time.empty()) add(schema.time, FieldRole::time);
  if (!schema.incumbent.empty()) add(schema.incumbent, FieldRole::incumbent);
}

void FieldPlan::add(std::string name, FieldRole role, std::size_t first, std::size_t count, MissingPolicy missing) {
  by_name_.emplace(name, fields_.size());
  fields_.push_back({std::move(name), role, first, count, missing});
}

std::optional<std::size_t> FieldPlan::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? std::nullopt : std::optional(at->second);
}

bool is_named_otherwise(const Schema& schema, std::string_view field) {
  return field == schema.label || field == schema.weight || field == schema.id || field == schema.time || field == schema.incumbent ||
         field == schema.offset || std::ranges::find(schema.categorical, field) != schema.categorical.end();
}

bool may_be_decoded(const RawRecord& record, std::size_t max_record_bytes, Rejection& why) {
  if (record.tombstone || record.payload.empty()) {
    why = {RejectReason::undecodable, "", "the record has no value"};
    return false;
  }
  if (record.payload.size() <= max_record_bytes) return true;
  why = {RejectReason::too_large, "", fmt::format("{} bytes, at most {} are taken", record.payload.size(), max_record_bytes)};
  return false;
}

void begin_sample(const RawRecord& record, std::size_t features, std::size_t categories, Sample& sample) {
  sample.values.resize(features);
  sample.sparse.clear();
  sample.categories.assign(categories, {});
  sample.label = {};
  sample.incumbent = {};
  sample.weight = 1;
  sample.offset = 0;
  sample.id = {};
  sample.time_ms = record.timestamp_ms;
}

bool take_category(const std::string& field, std::string_view text, std::string_view& out, Rejection& why) {
  out = text;
  if (text.size() <= longest_category) return true;
  why = {RejectReason::too_large, field,
         fmt::format("field \"{}\": a category of {} bytes, at most {} are taken", field, text.size(), longest_category)};
  return false;
}

namespace {

using Names = std::vector<std::string>;

void take(const FoundField& field, Names& features) {
  if (!field.length) features.push_back(field.name);
  for (std::size_t i = 0; i < field.length.value_or(0); ++i) features.push_back(fmt::format("{}[{}]", field.name, i));
}

std::optional<Names> every_numeric_field(const Schema& schema, std::span<const FoundField> found, Rejection& why) {
  Names features;
  for (const auto& field : found) {
    if (field.numeric && !field.nested && !is_named_otherwise(schema, field.name)) take(field, features);
  }
  if (!features.empty() || !schema.categorical.empty()) return features;
  why = {RejectReason::missing_field, "", "the record has no numeric field to learn from"};
  return std::nullopt;
}

// A field's own name wins over the same one at the end of a path.
const FoundField* named(std::span<const FoundField> found, const std::string& name) {
  for (const bool nested : {false, true}) {
    const auto at = std::ranges::find_if(found, [&](const auto& one) { return one.nested == nested && one.name == name; });
    if (at != found.end()) return &*at;
  }
  return nullptr;
}

Rejection absent(const std::string& wanted, std::span<const FoundField> found) {
  Names names;
  for (const auto& field : found) names.push_back(field.name);
  return {RejectReason::missing_field, wanted,
          fmt::format("field \"{}\" is missing{} (the record has {})", wanted, did_you_mean(wanted, names), fmt::join(names, ", "))};
}

}  // namespace

std::optional<Names> choose_features(const Schema& schema, std::span<const FoundField> found, Rejection& why) {
  for (const auto& category : schema.categorical) {
    if (named(found, category) != nullptr || schema.missing_policy(category) != MissingPolicy::reject) continue;
    why = absent(category, found);
    return std::nullopt;
  }
  if (schema.features.empty()) return every_numeric_field(schema, found, why);
  Names features;
  for (const auto& wanted : schema.features) {
    const auto* field = named(found, wanted);
    const bool is_element = wanted.ends_with(']') && wanted.rfind('[') != std::string::npos;
    if (field != nullptr && field->length == 0U) {
      why = {RejectReason::wrong_type, wanted, fmt::format("field \"{}\" is an empty array: its length is not known yet", wanted)};
      return std::nullopt;
    }
    if (field != nullptr) {
      take(*field, features);
      continue;
    }
    if (!is_element) why = absent(wanted, found);
    if (!is_element && schema.missing_policy(wanted) == MissingPolicy::reject) return std::nullopt;
    features.push_back(wanted);
  }
  return features;
}

namespace {

// Two or four digits at `at`; -1 when they are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  if (text.size() < at + count) return -1;
  const auto [rest, error] = std::from_chars(text.data() + at, text.data() + at + count, value);
  return error == std::errc{} && rest == text.data() + at + count ? value : -1;
}

// "Z", "+02:00", "-0530": minutes east of Greenwich.
std::optional<int> zone_minutes(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  if (zone.size() != (zone[3] == ':' ? 6U : 5U)) return std::nullopt;
  const int hours = digits(zone, 1, 2);
  const int minutes = digits(zone, zone[3] == ':' ? 4 : 3, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const int year_number = digits(text, 0, 4);
  const int month_number = digits(text, 5, 2);
  const int day_number = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  const bool complete = year_number >= 0 && month_number > 0 && day_number > 0 && hour >= 0 && minute >= 0 && second >= 0;
  const bool separated = complete && (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  if (!separated || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)), day(static_cast<unsigned>(day_number))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  auto rest = text.substr(19);
  double fraction = 0;
  if (rest.starts_with('.')) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), fraction, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    rest = {end, static_cast<std::size_t>(rest.data() + rest.size() - end)};
  }
  const auto zone = zone_minutes(rest);
  if (!zone) return std::nullopt;
  const auto days = sys_days(date).time_since_epoch();
  const auto seconds_total = duration_cast<seconds>(days).count() + hour * 3600 + minute * 60 + second - *zone * 60;
  return seconds_total * 1000 + static_cast<std::int64_t>(fraction * 1000);
}

}  // namespace rekindle
