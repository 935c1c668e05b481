#include "connectors/decode/protobuf_reader.hpp"

#include <google/protobuf/io/coded_stream.h>

#include "connectors/decode/json.hpp"

namespace rekindle {

namespace pb = google::protobuf;

struct ProtobufReader::Step {
  enum class Kind : std::uint8_t { scalar, array, wrapper, timestamp, members, unusable };
  const pb::FieldDescriptor* field = nullptr;
  Kind kind = Kind::scalar;
  std::optional<std::size_t> target;
  std::vector<Step> members;
  std::string_view what = {};  // Of what is unusable, for people.
};

namespace {

using Step = ProtobufReader::Step;
using Kind = TypedValue::Kind;

bool is_wrapper(const pb::Descriptor& type) {
  const auto known = type.well_known_type();
  return known >= pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE && known <= pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE;
}

Step::Kind kind_of(const pb::FieldDescriptor& field) {
  if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) return field.is_repeated() ? Step::Kind::array : Step::Kind::scalar;
  if (field.is_repeated() || field.type() == pb::FieldDescriptor::TYPE_GROUP) return Step::Kind::unusable;
  const auto& type = *field.message_type();
  if (type.well_known_type() == pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP) return Step::Kind::timestamp;
  return is_wrapper(type) ? Step::Kind::wrapper : Step::Kind::members;
}

bool is_numeric(const pb::FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
    case pb::FieldDescriptor::CPPTYPE_ENUM: return false;
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: {
      const auto kind = kind_of(field);
      return kind == Step::Kind::wrapper && is_numeric(*field.message_type()->field(0));
    }
    default: return true;
  }
}

// What to do for the fields of a message, and which members of it are entered.
class Planner {
 public:
  explicit Planner(const ProtobufReader::Choose& choose) : choose_(choose) {}

  std::vector<Step> plan(const pb::Descriptor& type, const std::string& prefix, std::size_t depth) {
    std::vector<Step> steps;
    for (int i = 0; i < type.field_count() && ++fields <= most_schema_fields; ++i) {
      const auto& field = *type.field(i);
      Step step{&field, kind_of(field), {}, {}};
      if (step.kind == Step::Kind::unusable) step.what = field.is_map() ? "a map" : "an array of objects";
      FoundField found{prefix + field.name(), is_numeric(field), depth > 0, {}};
      if (field.is_repeated()) found.length = 0;
      const bool is_record = step.kind == Step::Kind::members;
      const auto choice = choose_(found, is_record);
      step.target = choice.target;
      const bool enter = is_record && choice.enter && depth + 1 < longest_json_path;
      if (enter) step.members = plan(*field.message_type(), found.name + ".", depth + 1);
      if (!step.target && !enter) continue;
      if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && step.kind != Step::Kind::unusable) entered.insert(field.full_name());
      steps.push_back(std::move(step));
    }
    return steps;
  }

  std::size_t fields = 0;
  std::set<std::string> entered;

 private:
  const ProtobufReader::Choose& choose_;
};

// The same fields in the type's other form.
void move_to(const pb::Descriptor& type, std::vector<Step>& steps) {
  for (auto& step : steps) {
    step.field = type.FindFieldByNumber(step.field->number());
    if (!step.members.empty()) move_to(*step.field->message_type(), step.members);
  }
}

TypedValue other(std::string_view what) {
  TypedValue value;
  value.kind = Kind::other;
  value.text = what;
  return value;
}

TypedValue integer(std::int64_t number) {
  TypedValue value;
  value.kind = Kind::integer;
  value.integer = number;
  return value;
}

TypedValue natural(std::uint64_t number) {
  TypedValue value;
  value.kind = Kind::natural;
  value.natural = number;
  return value;
}

TypedValue real(double number) {
  TypedValue value;
  value.kind = Kind::real;
  value.real = number;
  return value;
}

TypedValue boolean(bool flag) {
  TypedValue value;
  value.kind = Kind::boolean;
  value.boolean = flag;
  return value;
}

TypedValue text(const pb::FieldDescriptor& field, std::string_view bytes) {
  if (field.type() == pb::FieldDescriptor::TYPE_BYTES) return other("bytes");
  auto value = other(bytes);
  value.kind = Kind::text;
  return value;
}

// A symbol that this schema does not have is its number.
TypedValue symbol(const pb::FieldDescriptor& field, int number) {
  const auto* known = field.enum_type()->FindValueByNumber(number);
  if (known == nullptr) return integer(number);
  auto value = other(known->name());
  value.kind = Kind::text;
  return value;
}

TypedValue single(const pb::Message& from, const pb::FieldDescriptor& field, std::string& scratch) {
  const auto& all = *from.GetReflection();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32: return integer(all.GetInt32(from, &field));
    case pb::FieldDescriptor::CPPTYPE_INT64: return integer(all.GetInt64(from, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT32: return integer(all.GetUInt32(from, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT64: return natural(all.GetUInt64(from, &field));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return real(all.GetDouble(from, &field));
    case pb::FieldDescriptor::CPPTYPE_FLOAT: return real(static_cast<double>(all.GetFloat(from, &field)));
    case pb::FieldDescriptor::CPPTYPE_BOOL: return boolean(all.GetBool(from, &field));
    case pb::FieldDescriptor::CPPTYPE_ENUM: return symbol(field, all.GetEnumValue(from, &field));
    case pb::FieldDescriptor::CPPTYPE_STRING: return text(field, all.GetStringReference(from, &field, &scratch));
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: break;
  }
  return other("an object");
}

TypedValue element(const pb::Message& from, const pb::FieldDescriptor& field, int at, std::string& scratch) {
  const auto& all = *from.GetReflection();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32: return integer(all.GetRepeatedInt32(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_INT64: return integer(all.GetRepeatedInt64(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_UINT32: return integer(all.GetRepeatedUInt32(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_UINT64: return natural(all.GetRepeatedUInt64(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return real(all.GetRepeatedDouble(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_FLOAT: return real(static_cast<double>(all.GetRepeatedFloat(from, &field, at)));
    case pb::FieldDescriptor::CPPTYPE_BOOL: return boolean(all.GetRepeatedBool(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_ENUM: return symbol(field, all.GetRepeatedEnumValue(from, &field, at));
    case pb::FieldDescriptor::CPPTYPE_STRING: return text(field, all.GetRepeatedStringReference(from, &field, at, &scratch));
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: break;
  }
  return other("an object");
}

// google.protobuf.Timestamp, in ms.
TypedValue milliseconds(const pb::Message& from, std::string& scratch) {
  const auto& type = *from.GetDescriptor();
  const auto seconds = single(from, *type.field(0), scratch).integer;
  const auto nanos = single(from, *type.field(1), scratch).integer;
  constexpr std::int64_t largest = std::int64_t{1} << 52;  // Beyond the year 9999, where the type ends.
  if (seconds < -largest || seconds > largest) return real(static_cast<double>(seconds) * 1000);
  return integer(seconds * 1000 + nanos / 1'000'000);
}

bool give_array(const pb::Message& from, const Step& step, ValueTarget& target, std::string& scratch) {
  const int size = from.GetReflection()->FieldSize(from, step.field);
  if (size == 0) return true;  // Protobuf does not tell an empty one from none.
  if (!target.begin_array(*step.target)) return false;
  for (int i = 0; i < size; ++i) {
    if (!target.element(*step.target, element(from, *step.field, i, scratch))) return false;
  }
  return true;
}

bool give(const pb::Message& from, std::span<const Step> steps, ValueTarget& target, std::string& scratch) {
  const auto& all = *from.GetReflection();
  for (const auto& step : steps) {
    if (step.kind == Step::Kind::unusable) {
      if (!target.value(*step.target, other(step.what))) return false;
      continue;
    }
    if (step.kind == Step::Kind::array) {
      if (!give_array(from, step, target, scratch)) return false;
      continue;
    }
    if (step.field->has_presence() && !all.HasField(from, step.field)) {
      // The schema has the field, the record does not: what JSON says with null.
      if (step.target && !target.value(*step.target, {})) return false;
      continue;
    }
    const auto* inner = step.kind == Step::Kind::scalar ? nullptr : &all.GetMessage(from, step.field);
    if (step.kind == Step::Kind::members && !give(*inner, step.members, target, scratch)) return false;
    if (!step.target) continue;
    const auto value = step.kind == Step::Kind::timestamp ? milliseconds(*inner, scratch)
                       : step.kind == Step::Kind::wrapper ? single(*inner, *inner->GetDescriptor()->field(0), scratch)
                                                          : single(from, *step.field, scratch);
    if (!target.value(*step.target, value)) return false;
  }
  return true;
}

}  // namespace

Result<ProtobufReader> ProtobufReader::make(const ProtobufTypes& types, const pb::Descriptor& type, const Choose& choose) {
  Planner wanted(choose);
  auto steps = wanted.plan(type, "", 0);
  if (wanted.fields > most_schema_fields)
    return fail(ErrorCode::data, "message {} has more than {} fields, those of nested messages counted on each path", type.full_name(),
                most_schema_fields);
  auto narrowed = types.entering(wanted.entered);
  if (!narrowed) return tl::unexpected(narrowed.error());
  ProtobufReader reader;
  reader.types_ = *std::move(narrowed);
  const auto* same = reader.types_->message(type.full_name()).value();
  move_to(*same, steps);
  reader.steps_ = std::make_shared<const std::vector<Step>>(std::move(steps));
  reader.message_ = reader.types_->fresh(*same);
  return reader;
}

bool ProtobufReader::read(std::string_view bytes, ValueTarget& target, Rejection& why) {
  message_->Clear();
  pb::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(static_cast<int>(deepest_nesting));
  if (!message_->MergePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    why = {RejectReason::undecodable, "",
           fmt::format("not a {}: cut off, of another type, or nested deeper than {} levels", message_->GetDescriptor()->full_name(),
                       deepest_nesting)};
    return false;
  }
  return give(*message_, *steps_, target, scratch_);
}

}  // namespace rekindle
