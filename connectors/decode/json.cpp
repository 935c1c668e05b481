#include "connectors/decode/json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "connectors/decode/fields.hpp"
#include "connectors/decode/json_discovery.hpp"
#include "connectors/decode/json_keys.hpp"
#include "connectors/decode/json_number.hpp"
#include "connectors/decode/json_repeat.hpp"
#include "connectors/decode/typed_values.hpp"
#include "connectors/decode/wire_format.hpp"

namespace rekindle {

namespace {

namespace od = simdjson::ondemand;

static_assert(payload_padding >= simdjson::SIMDJSON_PADDING);

std::string_view trimmed(std::string_view token) {
  const auto end = token.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : token.substr(0, end + 1);
}

bool says_non_finite(std::string_view token) {
  token = trimmed(token);
  return token == "NaN" || token == "Infinity" || token == "-Infinity" || token == "inf" || token == "-inf" || token == "nan";
}

// simdjson's type looks at the first letter only.
bool is_null(od::value& value) { return trimmed(value.raw_json_token()) == "null"; }

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(const Schema& schema, const DecoderOptions& options)
      : schema_(schema), max_record_bytes_(options.max_record_bytes), label_may_be_absent_(options.label_may_be_absent) {}

  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override;

  void set_layout(std::vector<std::string> features) override {
    plan_ = FieldPlan(schema_, features);
    keys_ = JsonKeys(plan_);
    repeat_ = JsonRepeat(plan_, schema_.is_classification());
    features_ = features.size();
    seen_.assign(plan_.fields().size(), 0);
  }

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override;

 private:
  using Object = od::object;

  bool parse(const RawRecord& record, Sample& sample, Rejection& why);
  bool open(const RawRecord& record, Object& object, Rejection& why);
  bool fill(Object& object, std::size_t level, Sample& sample, Rejection& why);
  bool fill_inside(const JsonKey& key, od::value& value, Sample& sample, bool& wanted, Rejection& why);
  bool fill_field(const PlannedField& field, od::value& value, Sample& sample, Rejection& why);
  bool fill_array(const PlannedField& field, od::value& value, Sample& sample, Rejection& why);
  bool fill_label(const PlannedField& field, od::value& value, Label& label, Rejection& why);
  bool fill_incumbent(const PlannedField& field, od::value& value, Label& incumbent);
  bool fill_time(od::value& value, Sample& sample, Rejection& why);
  bool fill_category(const PlannedField& field, od::value& value, Sample& sample, Rejection& why);
  static bool number(const PlannedField& field, od::value& value, double& out, Rejection& why);
  bool fill_missing(const PlannedField& field, Sample& sample, Rejection& why);
  bool is_first(std::size_t field, std::size_t level, bool& wanted, Rejection& why);
  bool reject_absent(const PlannedField& field, Rejection& why) const;

  Schema schema_;
  std::size_t max_record_bytes_;
  bool label_may_be_absent_;
  od::parser parser_;
  od::document document_;
  FieldPlan plan_;
  JsonKeys keys_;
  JsonRepeat repeat_;
  std::size_t keys_at_top_ = 0;  // Of the record that was parsed last.
  std::vector<std::size_t> order_;
  std::size_t features_ = 0;
  // By field: the record that filled it last, by a path (its number) or by a key of its own (one more).
  std::vector<std::uint64_t> seen_;
  std::uint64_t record_number_ = 0;  // Even.
};

bool JsonDecoder::open(const RawRecord& record, Object& object, Rejection& why) {
  const simdjson::padded_string_view json(record.payload, record.payload.size() + payload_padding);
  // By itself the parser grows to each record that is longer than all before, by no more than it needs.
  const bool grow = parser_.capacity() < json.size();
  auto error = grow ? parser_.allocate(std::max<std::size_t>(2 * json.size(), 16'384)) : simdjson::SUCCESS;
  if (!error) error = parser_.iterate(json).get(document_);
  if (!error) error = document_.get_object().get(object);
  if (!error) return true;
  why = {RejectReason::undecodable, "", fmt::format("not a JSON object: {}", simdjson::error_message(error))};
  return false;
}

bool JsonDecoder::decode(const RawRecord& record, Sample& sample, Rejection& why) {
  if (!may_be_decoded(record, max_record_bytes_, why)) return false;
  begin_sample(record, features_, schema_.categorical.size(), sample);
  if (repeat_.read(record.payload, sample)) {
    return std::ranges::all_of(repeat_.absent(), [&](auto i) { return fill_missing(plan_.fields()[i], sample, why); });
  }
  if (!parse(record, sample, why)) return false;
  if (keys_.order(keys_at_top_, order_)) repeat_.learn(order_, record.payload);
  return true;
}

bool JsonDecoder::parse(const RawRecord& record, Sample& sample, Rejection& why) {
  Object object;
  if (!open(record, object, why)) return false;
  begin_sample(record, features_, schema_.categorical.size(), sample);
  record_number_ += 2;
  if (!fill(object, JsonKeys::top, sample, why)) return false;
  const char* rest = nullptr;
  if (!document_.current_location().get(rest)) {
    why = {RejectReason::undecodable, "", "something follows the JSON object"};
    return false;
  }
  for (std::size_t i = 0; i < plan_.fields().size(); ++i) {
    if (seen_[i] < record_number_ && !fill_missing(plan_.fields()[i], sample, why)) return false;
  }
  return true;
}

bool JsonDecoder::fill(Object& object, std::size_t level, Sample& sample, Rejection& why) {
  std::size_t ordinal = 0;
  for (auto next : object) {
    if (const auto error = next.error()) {
      why = {RejectReason::undecodable, "", fmt::format("broken JSON: {}", simdjson::error_message(error))};
      return false;
    }
    if (ordinal == most_record_values) {
      why = {RejectReason::too_large, "", fmt::format("more than {} fields in an object", most_record_values)};
      return false;
    }
    // By reference throughout: simdjson's handles are small, but each copy is a store that the next load waits for.
    od::field&& field = std::move(next).value_unsafe();
    const JsonKey* key = nullptr;
    if (!keys_.find(level, field, ordinal++, key)) {
      why = {RejectReason::undecodable, "", "broken JSON: a key is not a valid string"};
      return false;
    }
    if (key == nullptr) continue;
    bool wanted = true;
    if (key->level != JsonKeys::none) {
      if (!fill_inside(*key, field.value(), sample, wanted, why)) return false;
      if (!wanted) continue;
    }
    if (!is_first(key->field, level, wanted, why)) return false;
    if (wanted && !fill_field(plan_.fields()[key->field], field.value(), sample, why)) return false;
  }
  if (level == JsonKeys::top) keys_at_top_ = ordinal;
  return true;
}

// False: the field is there twice. A key of its own wins over a path, whichever comes first.
inline bool JsonDecoder::is_first(std::size_t field, std::size_t level, bool& wanted, Rejection& why) {
  const auto mark = record_number_ + (level == JsonKeys::top ? 1 : 0);
  const auto before = seen_[field];
  if (before < record_number_ || before < mark) {
    seen_[field] = mark;
    return true;
  }
  wanted = false;
  if (before > mark) return true;
  const auto& name = plan_.fields()[field].name;
  why = {RejectReason::undecodable, name, fmt::format("field \"{}\" is there twice", name)};
  return false;
}

// The value of a key that is the beginning of a path; `wanted` afterwards: it is a field itself.
bool JsonDecoder::fill_inside(const JsonKey& key, od::value& value, Sample& sample, bool& wanted, Rejection& why) {
  Object inner;
  od::json_type type{};
  const bool is_object = !value.type().get(type) && type == od::json_type::object;
  wanted = !is_object && key.field != JsonKeys::none;
  if (wanted) return true;
  if (is_object && !value.get_object().get(inner)) return fill(inner, key.level, sample, why);
  if (is_null(value)) return true;
  why = {RejectReason::wrong_type, key.path, fmt::format("field \"{}\": expected an object", key.path)};
  return false;
}

bool JsonDecoder::fill_field(const PlannedField& field, od::value& value, Sample& sample, Rejection& why) {
  switch (field.role) {
    case FieldRole::feature: return number(field, value, sample.values[field.first], why);
    case FieldRole::category: return fill_category(field, value, sample, why);
    case FieldRole::feature_array: return fill_array(field, value, sample, why);
    case FieldRole::label: return fill_label(field, value, sample.label, why);
    case FieldRole::incumbent: return fill_incumbent(field, value, sample.incumbent);
    case FieldRole::weight: return number(field, value, sample.weight, why);
    case FieldRole::offset: return number(field, value, sample.offset, why);
    case FieldRole::time: return fill_time(value, sample, why);
    case FieldRole::id:
      if (!is_null(value) && value.get_string().get(sample.id) != simdjson::SUCCESS) sample.id = trimmed(value.raw_json_token());
      return true;
  }
  return true;
}

// A number, or a boolean as 0 or 1. null is a missing value.
bool JsonDecoder::number(const PlannedField& planned, od::value& value, double& out, Rejection& why) {
  const auto token = value.raw_json_token();
  // simdjson 3.0 counts one digit too few behind "0.": of twenty it may lose the highest.
  constexpr std::size_t safe = 19;
  if (short_json_number(token, out) || (token.size() > safe && long_json_number(trimmed(token), out))) return true;
  if (value.get_double().get(out) == simdjson::SUCCESS) return true;
  const auto& field = planned.name;
  od::json_type type{};
  const bool known = value.type().get(type) == simdjson::SUCCESS;
  if (known && type == od::json_type::boolean) {
    bool flag = false;
    if (value.get_bool().get(flag) == simdjson::SUCCESS) {
      out = flag ? 1 : 0;
      return true;
    }
  }
  if (is_null(value)) {
    out = stand_in(planned.missing);
    if (planned.missing != MissingPolicy::reject) return true;
    why = {RejectReason::missing_field, field, fmt::format("field \"{}\" is null", field)};
    return false;
  }
  if (says_non_finite(token) || is_json_number(trimmed(token))) {
    why = {RejectReason::non_finite, field, fmt::format("field \"{}\" is not a finite number", field)};
    return false;
  }
  const bool is_text = known && type == od::json_type::string;
  const bool is_array = known && type == od::json_type::array;
  if (!is_text && !is_array && !token.starts_with('{')) {
    why = {RejectReason::undecodable, field, fmt::format("field \"{}\": no JSON value", field)};
    return false;
  }
  const char* got = is_text ? "a string" : (is_array ? "an array" : "an object");
  why = {RejectReason::wrong_type, field, fmt::format("field \"{}\": expected a number, got {}", field, got)};
  return false;
}

bool JsonDecoder::fill_array(const PlannedField& field, od::value& value, Sample& sample, Rejection& why) {
  od::array array;
  if (value.get_array().get(array)) {
    why = {RejectReason::wrong_type, field.name, fmt::format("field \"{}\": expected an array of {} numbers", field.name, field.count)};
    return false;
  }
  std::size_t count = 0;
  for (auto next : array) {
    od::value element;
    if (const auto error = next.get(element)) {
      why = {RejectReason::undecodable, field.name, fmt::format("field \"{}\": {}", field.name, simdjson::error_message(error))};
      return false;
    }
    if (count < field.count && !number(field, element, sample.values[field.first + count], why)) return false;
    ++count;
  }
  if (count == field.count) return true;
  why = {RejectReason::wrong_type, field.name, fmt::format("field \"{}\": expected {} numbers, got {}", field.name, field.count, count)};
  return false;
}

// A text, or a number or boolean as it is written.
bool JsonDecoder::fill_category(const PlannedField& field, od::value& value, Sample& sample, Rejection& why) {
  od::json_type type{};
  const bool known = value.type().get(type) == simdjson::SUCCESS;
  std::string_view text;
  bool flag = false;
  double ignored = 0;
  bool usable = known && type == od::json_type::string && value.get_string().get(text) == simdjson::SUCCESS;
  if (!usable && !is_null(value)) {
    text = trimmed(value.raw_json_token());
    usable = known && ((type == od::json_type::boolean && value.get_bool().get(flag) == simdjson::SUCCESS) ||
                       (type == od::json_type::number && value.get_double().get(ignored) == simdjson::SUCCESS));
    if (!usable) {
      why = {RejectReason::wrong_type, field.name, fmt::format("field \"{}\": expected a text, a number or a boolean", field.name)};
      return false;
    }
  }
  if (!text.empty() || field.missing != MissingPolicy::reject) return take_category(field.name, text, sample.categories[field.first], why);
  why = {RejectReason::missing_field, field.name, fmt::format("field \"{}\" is {}", field.name, usable ? "empty" : "null")};
  return false;
}

bool JsonDecoder::fill_label(const PlannedField& field, od::value& value, Label& label, Rejection& why) {
  od::json_type type{};
  if (is_null(value)) return true;
  const bool known = value.type().get(type) == simdjson::SUCCESS;
  if (known && type == od::json_type::string && schema_.is_classification()) {
    label.kind = Label::Kind::text;
    if (value.get_string().get(label.text) == simdjson::SUCCESS) return true;
  }
  if (known && type == od::json_type::boolean && schema_.is_classification()) {
    bool flag = false;
    if (value.get_bool().get(flag) == simdjson::SUCCESS) {
      label = {Label::Kind::text, 0, flag ? "true" : "false"};
      return true;
    }
  }
  label.kind = Label::Kind::number;
  return number(field, value, label.number, why);
}

// What is no prediction is none; the sample is learned all the same.
bool JsonDecoder::fill_incumbent(const PlannedField& field, od::value& value, Label& incumbent) {
  Rejection ignored;
  if (!fill_label(field, value, incumbent, ignored)) incumbent = {};
  return true;
}

bool JsonDecoder::fill_time(od::value& value, Sample& sample, Rejection& why) {
  double ms = 0;
  if (is_null(value)) return true;
  if (value.get_double().get(ms) == simdjson::SUCCESS && std::abs(ms) < 9e15) {
    sample.time_ms = static_cast<std::int64_t>(ms);
    return true;
  }
  std::string_view text;
  const auto parsed = value.get_string().get(text) == simdjson::SUCCESS ? parse_rfc3339(text) : std::nullopt;
  if (parsed) {
    sample.time_ms = *parsed;
    return true;
  }
  why = {RejectReason::wrong_type, schema_.time, fmt::format("field \"{}\": expected ms since 1970 or RFC 3339", schema_.time)};
  return false;
}

bool JsonDecoder::fill_missing(const PlannedField& field, Sample& sample, Rejection& why) {
  const bool feature = field.role == FieldRole::feature || field.role == FieldRole::feature_array;
  if (field.role == FieldRole::time || field.role == FieldRole::id || field.role == FieldRole::incumbent) return true;
  if (field.role == FieldRole::label && label_may_be_absent_) return true;
  if (field.missing == MissingPolicy::reject) return reject_absent(field, why);
  if (feature) std::fill_n(sample.values.begin() + static_cast<std::ptrdiff_t>(field.first), field.count, stand_in(field.missing));
  return true;
}

bool JsonDecoder::reject_absent(const PlannedField& field, Rejection& why) const {
  const auto reason = field.role == FieldRole::label ? RejectReason::missing_label : RejectReason::missing_field;
  why = {reason, field.name, fmt::format("field \"{}\" is missing", field.name)};
  return false;
}

std::optional<std::vector<std::string>> JsonDecoder::discover(const RawRecord& record, Rejection& why) {
  Object object;
  if (!may_be_decoded(record, max_record_bytes_, why) || !open(record, object, why)) return std::nullopt;
  std::vector<FoundField> found;
  if (find_fields(object, schema_, found)) return choose_features(schema_, found, why);
  why = {RejectReason::undecodable, "", "broken JSON"};
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Decoder> make_json_decoder(const Schema& schema, const DecoderOptions& options) {
  auto decoder = std::make_unique<JsonDecoder>(schema, options);
  if (!options.framed) return decoder;
  return make_unframed(std::move(decoder));
}

}  // namespace rekindle
