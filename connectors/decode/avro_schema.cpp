#include "connectors/decode/avro_schema.hpp"

#include <simdjson.h>

#include <utility>

#include "connectors/decode/json.hpp"
#include "connectors/decode/typed_values.hpp"

namespace rekindle {

namespace {

namespace dom = simdjson::dom;
using Factors = std::map<std::string, double, std::less<>>;

double factor_of(std::string_view type) {
  if (type.starts_with("local-")) type.remove_prefix(6);
  if (type == "timestamp-micros") return 1e-3;
  if (type == "timestamp-nanos") return 1e-6;
  if (type == "date") return 86'400'000;
  return 1;
}

// Walks the schema as it is written and notes the fields whose numbers are no ms.
class TimeFinder {
 public:
  explicit TimeFinder(Factors& out) : out_(out) {}

  void walk(dom::element type, const std::string& path, std::size_t depth) {
    if (depth > 4 * longest_json_path || ++seen_ > most_schema_fields) return;
    if (dom::array branches; !type.get_array().get(branches)) {
      for (const auto branch : branches) walk(branch, path, depth + 1);
      return;
    }
    dom::object object;
    if (std::string_view name; !type.get_string().get(name)) {
      const auto known = named_.find(name);
      if (known == named_.end()) return;
      object = known->second;
    } else if (type.get_object().get(object)) {
      return;
    }
    walk_object(object, path, depth);
  }

 private:
  void walk_object(dom::object object, const std::string& path, std::size_t depth) {
    std::string_view text;
    dom::element inner;
    if (!object["logicalType"].get_string().get(text) && factor_of(text) != 1) out_[path] = factor_of(text);
    if (object["type"].get(inner)) return;
    dom::array fields;
    if (object["fields"].get_array().get(fields)) {
      if (!inner.is_string()) walk(inner, path, depth + 1);
      return;
    }
    if (!object["name"].get_string().get(text)) named_.emplace(std::string(text), object);
    for (const auto field : fields) {
      dom::element field_type;
      if (field["name"].get_string().get(text) || field["type"].get(field_type)) continue;
      walk(field_type, path.empty() ? std::string(text) : path + "." + std::string(text), depth + 1);
    }
  }

  Factors& out_;
  std::map<std::string, dom::object, std::less<>> named_;
  std::size_t seen_ = 0;
};

}  // namespace

Result<AvroSchema> AvroSchema::parse(std::string_view text) {
  avro_schema_t root = nullptr;
  if (avro_schema_from_json_length(text.data(), text.size(), &root) != 0)
    return fail(ErrorCode::data, "not an Avro schema: {}", avro_strerror());
  AvroSchema schema(root);
  if (avro_typeof(root) != AVRO_RECORD)
    return fail(ErrorCode::data, "the Avro schema is of type {}; its top must be a record", avro_schema_type_name(root));
  dom::parser parser;
  dom::element written;
  if (!parser.parse(text).get(written)) TimeFinder(schema.to_ms_).walk(written, "", 0);
  return schema;
}

AvroSchema::AvroSchema(AvroSchema&& other) noexcept : root_(std::exchange(other.root_, nullptr)), to_ms_(std::move(other.to_ms_)) {}

AvroSchema::~AvroSchema() {
  if (root_ != nullptr) avro_schema_decref(root_);
}

double AvroSchema::to_ms(std::string_view path) const {
  const auto found = to_ms_.find(path);
  return found == to_ms_.end() ? 1 : found->second;
}

}  // namespace rekindle
