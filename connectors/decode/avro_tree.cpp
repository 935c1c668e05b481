#include "connectors/decode/avro_tree.hpp"

#include <avro/consumer.h>

#include <cmath>
#include <map>

#include "connectors/decode/avro_memory.hpp"
#include "connectors/decode/json.hpp"

namespace rekindle {

namespace {
constexpr std::size_t none = static_cast<std::size_t>(-1);
}

// One reading of a record.
struct AvroRun {
  avro_reader_t reader = nullptr;
  ValueTarget* target = nullptr;
  Rejection* why = nullptr;
  bool refused = false;
  std::size_t values = 0;

  ~AvroRun() {
    if (reader != nullptr) avro_reader_free(reader);
  }
};

// A consumer; avro-c's user data is the depth.
struct AvroNode : avro_consumer_t {
  AvroRun* run = nullptr;
  std::size_t field = none;
  bool is_element = false;
  double to_ms = 1;
  std::vector<AvroNode*> children;
};

namespace {

constexpr int refused = EPERM;

AvroNode& node_of(avro_consumer_t* consumer) { return *static_cast<AvroNode*>(consumer); }
std::uintptr_t depth_of(void* user_data) { return reinterpret_cast<std::uintptr_t>(user_data); }
void* user_data_of(std::uintptr_t depth) { return reinterpret_cast<void*>(depth); }

int give(AvroNode& node, const TypedValue& value) {
  if (node.field == none) return 0;
  auto& run = *node.run;
  if (node.is_element ? run.target->element(node.field, value) : run.target->value(node.field, value)) return 0;
  run.refused = true;
  return refused;
}

int give_integer(AvroNode& node, std::int64_t number) {
  TypedValue value;
  value.kind = TypedValue::Kind::integer;
  value.integer = number;
  if (node.to_ms != 1) {
    value.kind = TypedValue::Kind::real;
    value.real = std::floor(static_cast<double>(number) * node.to_ms);
  }
  return give(node, value);
}

int give_real(AvroNode& node, double number) {
  TypedValue value;
  value.kind = TypedValue::Kind::real;
  value.real = number;
  return give(node, value);
}

int give_text(AvroNode& node, TypedValue::Kind kind, std::string_view text) {
  TypedValue value;
  value.kind = kind;
  value.text = text;
  return give(node, value);
}

int refuse(AvroRun& run, RejectReason reason, std::string detail) {
  *run.why = {reason, "", std::move(detail)};
  run.refused = true;
  return refused;
}

int count(AvroRun& run, std::size_t more) {
  run.values += more;
  if (run.values <= most_record_values) return 0;
  return refuse(run, RejectReason::too_large, fmt::format("more than {} values in the record", most_record_values));
}

int enter(AvroNode& node, void* user_data) {
  if (depth_of(user_data) < deepest_nesting) return 0;
  return refuse(*node.run, RejectReason::too_large, fmt::format("nested deeper than {} levels", deepest_nesting));
}

int on_null(avro_consumer_t* consumer, void* /*user_data*/) { return give(node_of(consumer), {}); }

int on_boolean(avro_consumer_t* consumer, int flag, void* /*user_data*/) {
  TypedValue value;
  value.kind = TypedValue::Kind::boolean;
  value.boolean = flag != 0;
  return give(node_of(consumer), value);
}

int on_int(avro_consumer_t* consumer, std::int32_t number, void* /*user_data*/) { return give_integer(node_of(consumer), number); }
int on_long(avro_consumer_t* consumer, std::int64_t number, void* /*user_data*/) { return give_integer(node_of(consumer), number); }
int on_float(avro_consumer_t* consumer, float number, void* /*user_data*/) {
  return give_real(node_of(consumer), static_cast<double>(number));
}
int on_double(avro_consumer_t* consumer, double number, void* /*user_data*/) { return give_real(node_of(consumer), number); }

void free_bytes(const void* bytes, std::size_t size) { avro_free(const_cast<void*>(bytes), size); }

// The text is ours to free, and its size counts the zero behind it.
int on_string(avro_consumer_t* consumer, const void* text, std::size_t size, void* /*user_data*/) {
  const int result = give_text(node_of(consumer), TypedValue::Kind::text, {static_cast<const char*>(text), size - 1});
  free_bytes(text, size);
  return result;
}

int on_bytes(avro_consumer_t* consumer, const void* bytes, std::size_t size, void* /*user_data*/) {
  free_bytes(bytes, size + 1);
  return give_text(node_of(consumer), TypedValue::Kind::other, "bytes");
}

// avro-c frees it itself where this is an error.
int on_fixed(avro_consumer_t* consumer, const void* bytes, std::size_t size, void* /*user_data*/) {
  const int result = give_text(node_of(consumer), TypedValue::Kind::other, "bytes");
  if (result == 0) free_bytes(bytes, size);
  return result;
}

int on_enum(avro_consumer_t* consumer, int index, void* /*user_data*/) {
  auto& node = node_of(consumer);
  if (index >= 0 && index < avro_schema_enum_number_of_symbols(node.schema))
    return give_text(node, TypedValue::Kind::text, avro_schema_enum_get(node.schema, index));
  return refuse(*node.run, RejectReason::undecodable,
                fmt::format("symbol {} of enum {}, which has no such one", index, avro_schema_name(node.schema)));
}

int on_union(avro_consumer_t* consumer, unsigned index, avro_consumer_t** branch, void** branch_data, void* user_data) {
  auto& node = node_of(consumer);
  if (index >= node.children.size())
    return refuse(*node.run, RejectReason::undecodable, fmt::format("branch {} of a union of {}", index, node.children.size()));
  *branch = node.children[index];
  *branch_data = user_data;
  return 0;
}

int on_array_block(avro_consumer_t* consumer, int is_first, unsigned /*count*/, void* user_data) {
  auto& node = node_of(consumer);
  if (is_first == 0) return 0;
  if (const int error = enter(node, user_data)) return error;
  if (node.field == none) return 0;
  if (node.is_element) return give_text(node, TypedValue::Kind::other, "an array");
  if (node.run->target->begin_array(node.field)) return 0;
  node.run->refused = true;
  return refused;
}

int on_array_element(avro_consumer_t* consumer, unsigned /*index*/, avro_consumer_t** element, void** element_data, void* user_data) {
  auto& node = node_of(consumer);
  *element = node.children[0];
  *element_data = user_data_of(depth_of(user_data) + 1);
  return count(*node.run, 1);
}

int on_map_block(avro_consumer_t* consumer, int is_first, unsigned /*count*/, void* user_data) {
  auto& node = node_of(consumer);
  if (is_first == 0) return 0;
  if (const int error = enter(node, user_data)) return error;
  return give_text(node, TypedValue::Kind::other, "a map");
}

int on_map_element(avro_consumer_t* consumer, unsigned index, const char* /*key*/, avro_consumer_t** element, void** element_data,
                   void* user_data) {
  return on_array_element(consumer, index, element, element_data, user_data);
}

int on_record(avro_consumer_t* consumer, void* user_data) {
  auto& node = node_of(consumer);
  if (const int error = enter(node, user_data)) return error;
  if (const int error = count(*node.run, node.children.size())) return error;
  return give_text(node, TypedValue::Kind::other, "an object");
}

int on_record_field(avro_consumer_t* consumer, unsigned index, avro_consumer_t** field, void** field_data, void* user_data) {
  *field = node_of(consumer).children[index];
  *field_data = user_data_of(depth_of(user_data) + 1);
  return 0;
}

bool is_number(avro_schema_t schema) {
  switch (avro_typeof(schema)) {
    case AVRO_INT32:
    case AVRO_INT64:
    case AVRO_FLOAT:
    case AVRO_DOUBLE:
    case AVRO_BOOLEAN: return true;
    default: return false;
  }
}

// A number, or nothing or a number.
bool is_numeric(avro_schema_t schema) {
  if (avro_typeof(schema) != AVRO_UNION) return is_number(schema);
  bool some = false;
  for (std::size_t i = 0; i < avro_schema_union_size(schema); ++i) {
    const auto branch = avro_schema_union_branch(schema, static_cast<int>(i));
    if (avro_typeof(branch) == AVRO_NULL) continue;
    if (!is_number(branch)) return false;
    some = true;
  }
  return some;
}

avro_schema_t array_in(avro_schema_t schema) {
  if (avro_typeof(schema) == AVRO_ARRAY) return schema;
  for (std::size_t i = 0; avro_typeof(schema) == AVRO_UNION && i < avro_schema_union_size(schema); ++i) {
    const auto branch = avro_schema_union_branch(schema, static_cast<int>(i));
    if (avro_typeof(branch) == AVRO_ARRAY) return branch;
  }
  return nullptr;
}

bool has_record(avro_schema_t schema) {
  const auto is_record = [](avro_schema_t one) {
    return avro_typeof(avro_typeof(one) == AVRO_LINK ? avro_schema_link_target(one) : one) == AVRO_RECORD;
  };
  if (avro_typeof(schema) != AVRO_UNION) return is_record(schema);
  for (std::size_t i = 0; i < avro_schema_union_size(schema); ++i) {
    if (is_record(avro_schema_union_branch(schema, static_cast<int>(i)))) return true;
  }
  return false;
}

}  // namespace

class AvroTreeBuilder {
 public:
  AvroTreeBuilder(const AvroSchema& schema, const AvroTree::Choose& choose, AvroTree& tree)
      : schema_(schema), choose_(choose), tree_(tree) {}

  [[nodiscard]] Status build() {
    tree_.root_ = wanted(schema_.root(), "", 0, {{}, false, true});
    if (fields_ <= most_schema_fields) return {};
    return fail(ErrorCode::data, "the Avro schema has more than {} fields, those of nested records counted on each path",
                most_schema_fields);
  }

 private:
  using Choice = AvroTree::Choice;

  AvroNode& add(avro_schema_t schema) {
    auto& node = *tree_.nodes_.emplace_back(std::make_unique<AvroNode>());
    node.schema = schema;
    node.run = tree_.run_.get();
    node.null_value = on_null;
    node.boolean_value = on_boolean;
    node.int_value = on_int;
    node.long_value = on_long;
    node.float_value = on_float;
    node.double_value = on_double;
    node.string_value = on_string;
    node.bytes_value = on_bytes;
    node.fixed_value = on_fixed;
    node.enum_value = on_enum;
    node.union_branch = on_union;
    node.array_start_block = on_array_block;
    node.array_element = on_array_element;
    node.map_start_block = on_map_block;
    node.map_element = on_map_element;
    node.record_start = on_record;
    node.record_field = on_record_field;
    return node;
  }

  static avro_schema_t target_of(avro_schema_t schema) {
    return avro_typeof(schema) == AVRO_LINK ? avro_schema_link_target(schema) : schema;
  }

  // Of a value that nobody wants; one node for each type, so that a type within itself ends.
  AvroNode* unwanted(avro_schema_t schema) {
    schema = target_of(schema);
    if (const auto known = unwanted_.find(schema); known != unwanted_.end()) return known->second;
    auto& node = add(schema);
    unwanted_[schema] = &node;
    const auto type = avro_typeof(schema);
    if (type == AVRO_ARRAY) node.children = {unwanted(avro_schema_array_items(schema))};
    if (type == AVRO_MAP) node.children = {unwanted(avro_schema_map_values(schema))};
    for (std::size_t i = 0; type == AVRO_UNION && i < avro_schema_union_size(schema); ++i)
      node.children.push_back(unwanted(avro_schema_union_branch(schema, static_cast<int>(i))));
    for (std::size_t i = 0; type == AVRO_RECORD && i < avro_schema_record_size(schema); ++i)
      node.children.push_back(unwanted(avro_schema_record_field_get_by_index(schema, static_cast<int>(i))));
    return &node;
  }

  // Of the value at a path; `choice` is what is made of its field.
  AvroNode* wanted(avro_schema_t schema, const std::string& path, std::size_t depth, const Choice& choice, bool is_element = false) {
    schema = target_of(schema);
    auto& node = add(schema);
    node.field = choice.target.value_or(none);
    node.is_element = is_element;
    if (choice.is_time) node.to_ms = schema_.to_ms(path);
    const auto type = avro_typeof(schema);
    if (type == AVRO_ARRAY) {
      const auto items = avro_schema_array_items(schema);
      node.children = {choice.target && !is_element ? wanted(items, path, longest_json_path, choice, true) : unwanted(items)};
    }
    if (type == AVRO_MAP) node.children = {unwanted(avro_schema_map_values(schema))};
    for (std::size_t i = 0; type == AVRO_UNION && i < avro_schema_union_size(schema); ++i)
      node.children.push_back(wanted(avro_schema_union_branch(schema, static_cast<int>(i)), path, depth, choice, is_element));
    for (std::size_t i = 0; type == AVRO_RECORD && i < avro_schema_record_size(schema); ++i)
      node.children.push_back(choice.enter ? member(schema, static_cast<int>(i), path, depth)
                                           : unwanted(avro_schema_record_field_get_by_index(schema, static_cast<int>(i))));
    return &node;
  }

  AvroNode* member(avro_schema_t record, int index, const std::string& path, std::size_t depth) {
    const auto type = avro_schema_record_field_get_by_index(record, index);
    if (depth >= longest_json_path || ++fields_ > most_schema_fields) return unwanted(type);
    const std::string name = avro_schema_record_field_name(record, index);
    FoundField field{path.empty() ? name : path + "." + name, is_numeric(type), depth > 0, {}};
    if (const auto array = array_in(type)) {
      field.length = 0;
      field.numeric = is_numeric(avro_schema_array_items(array));
    }
    const auto choice = choose_(field, has_record(type));
    return choice.target || choice.enter ? wanted(type, field.name, depth + 1, choice) : unwanted(type);
  }

  const AvroSchema& schema_;
  const AvroTree::Choose& choose_;
  AvroTree& tree_;
  std::map<avro_schema_t, AvroNode*> unwanted_;
  std::size_t fields_ = 0;
};

AvroTree::AvroTree() : run_(std::make_unique<AvroRun>()) {}
AvroTree::~AvroTree() = default;
AvroTree::AvroTree(AvroTree&&) noexcept = default;

Result<AvroTree> AvroTree::make(AvroSchema schema, const Choose& choose) {
  AvroTree tree;
  tree.schema_ = std::make_unique<AvroSchema>(std::move(schema));
  tree.run_->reader = avro_reader_memory("", 0);
  if (auto status = AvroTreeBuilder(*tree.schema_, choose, tree).build(); !status) return tl::unexpected(status.error());
  return tree;
}

bool AvroTree::read(std::string_view bytes, ValueTarget& target, Rejection& why) {
  auto& run = *run_;
  run.target = &target;
  run.why = &why;
  run.refused = false;
  run.values = 0;
  const AvroMemoryLimit limit(bytes.size() + 64);  // A text and the zero behind it, or what is wrong with the record.
  const AvroScratch scratch;
  avro_reader_memory_set_source(run.reader, bytes.data(), static_cast<std::int64_t>(bytes.size()));
  if (avro_consume_binary(run.reader, root_, nullptr) != 0) {
    // avro-c's own words are the whole program's, with those of earlier mistakes among them, and other threads decode as well.
    if (!run.refused)
      why = {RejectReason::undecodable, "", "not a record of its Avro schema: it ends too early, or was written with another"};
    return false;
  }
  if (avro_skip(run.reader, 1) != 0) return true;  // `avro_reader_is_eof` knows files only.
  why = {RejectReason::undecodable, "", "something follows the Avro record: is it the schema that it was written with?"};
  return false;
}

}  // namespace rekindle
