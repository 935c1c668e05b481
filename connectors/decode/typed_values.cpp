#include "connectors/decode/typed_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/append_format.hpp"
#include "connectors/decode/utf8.hpp"

namespace rekindle {

namespace {

using Kind = TypedValue::Kind;

bool is_numeric(Kind kind) { return kind == Kind::integer || kind == Kind::natural || kind == Kind::real; }

double as_double(const TypedValue& value) {
  if (value.kind == Kind::integer) return static_cast<double>(value.integer);
  if (value.kind == Kind::natural) return static_cast<double>(value.natural);
  return value.real;
}

std::string_view name_of(const TypedValue& value) { return value.kind == Kind::text ? "a string" : value.text; }

bool leads_to(std::string_view path, std::string_view field) {
  return field.size() > path.size() && field.starts_with(path) && field[path.size()] == '.';
}

}  // namespace

bool leads_to_named(const Schema& schema, std::string_view path) {
  const auto here = [&](const std::string& field) { return leads_to(path, field); };
  return std::ranges::any_of(schema.features, here) || std::ranges::any_of(schema.categorical, here) || here(schema.label) ||
         here(schema.weight) || here(schema.id) || here(schema.time) || here(schema.offset) || here(schema.incumbent);
}

bool SampleFiller::leads_to_field(std::string_view path) const {
  return std::ranges::any_of(plan_.fields(), [&](const auto& field) { return leads_to(path, field.name); });
}

SampleFiller::SampleFiller(const Schema& schema, const DecoderOptions& options)
    : schema_(schema), label_may_be_absent_(options.label_may_be_absent) {}

void SampleFiller::set_layout(const std::vector<std::string>& features) {
  plan_ = FieldPlan(schema_, features);
  features_ = features.size();
  seen_.assign(plan_.fields().size(), {});
  record_ = 0;
}

void SampleFiller::begin(const RawRecord& record, Sample& sample, Rejection& why) {
  begin_sample(record, features_, schema_.categorical.size(), sample);
  sample_ = &sample;
  why_ = &why;
  ++record_;
}

bool SampleFiller::finish() {
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const auto& field = plan_.fields()[i];
    if (seen_[i].record != record_) {
      if (!missing(field)) return false;
    } else if (field.role == FieldRole::feature_array && seen_[i].elements != field.count) {
      return refuse(RejectReason::wrong_type, field, fmt::format("expected {} numbers, got {}", field.count, seen_[i].elements));
    }
  }
  return true;
}

bool SampleFiller::refuse(RejectReason reason, const PlannedField& field, const std::string& what) {
  *why_ = {reason, field.name, fmt::format("field \"{}\": {}", field.name, what)};
  return false;
}

bool SampleFiller::missing(const PlannedField& field) {
  if (field.role == FieldRole::time || field.role == FieldRole::id || field.role == FieldRole::incumbent) return true;
  if (field.role == FieldRole::label && label_may_be_absent_) return true;
  if (field.missing == MissingPolicy::reject) {
    const auto reason = field.role == FieldRole::label ? RejectReason::missing_label : RejectReason::missing_field;
    *why_ = {reason, field.name, fmt::format("field \"{}\" is missing", field.name)};
    return false;
  }
  if (field.role == FieldRole::feature || field.role == FieldRole::feature_array)
    std::fill_n(sample_->values.begin() + static_cast<std::ptrdiff_t>(field.first), field.count, stand_in(field.missing));
  return true;
}

bool SampleFiller::value(std::size_t index, const TypedValue& value) {
  const auto& field = plan_.fields()[index];
  // An array that is null is one that is not there.
  if (field.role == FieldRole::feature_array) {
    if (value.kind == Kind::null) return true;
    return refuse(RejectReason::wrong_type, field, fmt::format("expected an array of {} numbers", field.count));
  }
  seen_[index].record = record_;
  switch (field.role) {
    case FieldRole::feature: return number(field, value, sample_->values[field.first]);
    case FieldRole::weight: return number(field, value, sample_->weight);
    case FieldRole::offset: return number(field, value, sample_->offset);
    case FieldRole::category: return category(index, value);
    case FieldRole::label: return label(index, value, sample_->label);
    case FieldRole::time: return time(field, value);
    case FieldRole::id:
      if (!is_text(field, value)) return false;
      sample_->id = text_of(index, value);
      return true;
    case FieldRole::incumbent:
      // What is no prediction is none; the sample is learned all the same.
      if (!label(index, value, sample_->incumbent)) sample_->incumbent = {};
      return true;
    case FieldRole::feature_array: break;
  }
  return true;
}

bool SampleFiller::begin_array(std::size_t index) {
  const auto& field = plan_.fields()[index];
  if (field.role != FieldRole::feature_array) {
    TypedValue array;
    array.kind = Kind::other;
    array.text = "an array";
    return value(index, array);
  }
  seen_[index].record = record_;
  seen_[index].elements = 0;
  return true;
}

bool SampleFiller::element(std::size_t index, const TypedValue& value) {
  const auto& field = plan_.fields()[index];
  if (field.role != FieldRole::feature_array) return true;  // It was no error: of an id, say, or an incumbent.
  const auto at = seen_[index].elements++;
  return at >= field.count || number(field, value, sample_->values[field.first + at]);
}

// A number, or a boolean as 0 or 1. null is a missing value.
bool SampleFiller::number(const PlannedField& field, const TypedValue& value, double& out) {
  if (is_numeric(value.kind)) {
    out = as_double(value);
    if (std::isfinite(out)) return true;
    *why_ = {RejectReason::non_finite, field.name, fmt::format("field \"{}\" is not a finite number", field.name)};
    return false;
  }
  if (value.kind == Kind::boolean) {
    out = value.boolean ? 1 : 0;
    return true;
  }
  if (value.kind != Kind::null) return refuse(RejectReason::wrong_type, field, fmt::format("expected a number, got {}", name_of(value)));
  out = stand_in(field.missing);
  if (field.missing != MissingPolicy::reject) return true;
  *why_ = {RejectReason::missing_field, field.name, fmt::format("field \"{}\" is null", field.name)};
  return false;
}

// Texts go on into JSON and into the names of classes.
bool SampleFiller::is_text(const PlannedField& field, const TypedValue& value) {
  return value.kind != Kind::text || is_utf8(value.text) || refuse(RejectReason::undecodable, field, "the text is not UTF-8");
}

std::string_view SampleFiller::text_of(std::size_t index, const TypedValue& value) {
  auto& kept = seen_[index].text;
  const auto written = [&](const auto& number) {
    kept.clear();
    append_format(kept, "{}", number);
    return std::string_view(kept);
  };
  switch (value.kind) {
    case Kind::text:
      if (!keeps_texts_) return value.text;
      kept.assign(value.text);
      return kept;
    case Kind::boolean: return value.boolean ? "true" : "false";
    case Kind::integer: return written(value.integer);
    case Kind::natural: return written(value.natural);
    case Kind::real: return written(value.real);
    case Kind::null:
    case Kind::other: break;
  }
  return {};
}

bool SampleFiller::category(std::size_t index, const TypedValue& value) {
  const auto& field = plan_.fields()[index];
  if (value.kind == Kind::other) return refuse(RejectReason::wrong_type, field, "expected a text, a number or a boolean");
  if (value.kind == Kind::text && value.text.size() > longest_category)
    return take_category(field.name, value.text, sample_->categories[field.first], *why_);
  if (!is_text(field, value)) return false;
  const auto text = text_of(index, value);
  if (!text.empty() || field.missing != MissingPolicy::reject)
    return take_category(field.name, text, sample_->categories[field.first], *why_);
  const bool is_null = value.kind == Kind::null;
  *why_ = {RejectReason::missing_field, field.name, fmt::format("field \"{}\" is {}", field.name, is_null ? "null" : "empty")};
  return false;
}

bool SampleFiller::label(std::size_t index, const TypedValue& value, Label& out) {
  if (value.kind == Kind::null) return true;
  if (schema_.is_classification() && (value.kind == Kind::text || value.kind == Kind::boolean)) {
    if (!is_text(plan_.fields()[index], value)) return false;
    out.kind = Label::Kind::text;
    out.text = text_of(index, value);
    return true;
  }
  out.kind = Label::Kind::number;
  return number(plan_.fields()[index], value, out.number);
}

bool SampleFiller::time(const PlannedField& field, const TypedValue& value) {
  constexpr double largest = 9e15;
  if (value.kind == Kind::null) return true;
  if (is_numeric(value.kind) && std::abs(as_double(value)) < largest) {
    sample_->time_ms = value.kind == Kind::integer ? value.integer : static_cast<std::int64_t>(as_double(value));
    return true;
  }
  const auto parsed = value.kind == Kind::text ? parse_rfc3339(value.text) : std::nullopt;
  if (parsed) sample_->time_ms = *parsed;
  return parsed || refuse(RejectReason::wrong_type, field, "expected ms since 1970 or RFC 3339");
}

}  // namespace rekindle
