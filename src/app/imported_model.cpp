#include "app/imported_model.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "app/safetensors.hpp"
#include "data/hashing.hpp"

namespace rekindle {

namespace {

namespace dom = simdjson::dom;  // Its numbers come back to the bit, as weights have to.

tl::unexpected<Error> wrong(const std::string& where, const char* wanted) {
  return fail(ErrorCode::data, "{}: expected {}", where, wanted);
}

Result<dom::object> object_in(dom::parser& parser, std::string_view text, const char* what) {
  dom::element value;
  if (const auto error = parser.parse(text.data(), text.size()).get(value); error != simdjson::SUCCESS)
    return fail(ErrorCode::data, "{} is not JSON: {}", what, simdjson::error_message(error));
  dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return fail(ErrorCode::data, "{} is not a JSON object", what);
  return object;
}

bool take(const dom::element& from, std::size_t& to) {
  std::uint64_t number = 0;
  const bool good = from.get_uint64().get(number) == simdjson::SUCCESS;
  to = static_cast<std::size_t>(number);
  return good;
}
bool take(const dom::element& from, double& to) { return from.get_double().get(to) == simdjson::SUCCESS; }
bool take(const dom::element& from, std::string& to) {
  std::string_view text;
  const bool good = from.get_string().get(text) == simdjson::SUCCESS;
  to = text;
  return good;
}

// Members of an object, each with the type that it has to have; the first that has another is remembered.
class Members {
 public:
  Members(const dom::object& object, std::string path) : object_(object), path_(std::move(path)) {}

  template <class T>
  T one(const char* name, const char* wanted) {
    T out{};
    dom::element value;
    if (object_.at_key(name).get(value) == simdjson::SUCCESS && !take(value, out)) note(name, wanted);
    return out;
  }
  template <class T>
  std::vector<T> list(const char* name, const char* wanted) {
    std::vector<T> out;
    dom::element value;
    if (object_.at_key(name).get(value) != simdjson::SUCCESS) return out;
    dom::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return note(name, wanted), out;
    for (const auto element : array) {
      if (!take(element, out.emplace_back())) note(name, wanted);
    }
    return out;
  }
  std::string text(const char* name) { return one<std::string>(name, "a text"); }
  std::vector<std::string> texts(const char* name) { return list<std::string>(name, "a list of texts"); }
  std::vector<double> numbers(const char* name) { return list<double>(name, "a list of numbers"); }
  [[nodiscard]] bool has(const char* name) const { return object_.at_key(name).error() == simdjson::SUCCESS; }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  void note(const char* name, const char* wanted) {
    if (status_) status_ = wrong(path_ + name, wanted);
  }
  dom::object object_;
  std::string path_;
  Status status_;
};

// "country=DE", or the value of a pair that begins with a categorical field.
bool is_value_of(const std::string& name, const std::vector<std::string>& categorical) {
  return std::ranges::any_of(categorical,
                             [&](const auto& field) { return name.starts_with(field + "=") || name.starts_with(field + "*"); });
}

Status take_schema(const dom::object& object, ImportedModel& out) {
  Members members(object, "schema.");
  out.task = members.text("task");
  out.features = members.texts("features");
  out.categorical = members.texts("categorical");
  out.classes = members.texts("classes");
  const auto first = std::ranges::find_if(out.features, [&](const auto& name) { return is_value_of(name, out.categorical); });
  out.onehot.assign(first, out.features.end());
  out.features.erase(first, out.features.end());
  return members.status();
}

Status take_preprocess(const dom::object& object, ImportedModel& out) {
  Members members(object, "preprocess.");
  out.scale = members.text("scale");
  out.scaling = {members.numbers("count"), members.numbers("mean"), members.numbers("variance"), members.numbers("min"),
                 members.numbers("max")};
  if (auto status = members.status(); !status) return status;
  for (const auto* values : {&out.scaling.count, &out.scaling.mean, &out.scaling.variance, &out.scaling.low, &out.scaling.high}) {
    if (!values->empty() && values->size() != out.features.size())
      return fail(ErrorCode::data, "preprocess: statistics of {} features, the schema has {}", values->size(), out.features.size());
  }
  if (!members.has("hash_bits")) return {};
  const auto bits = members.one<std::size_t>("hash_bits", "a number of bits");
  if (!members.status() || bits < least_hash_bits || bits > most_hash_bits) return wrong("preprocess.hash_bits", "a number of bits");
  out.hash_bits = static_cast<unsigned>(bits);
  return {};
}

Result<NamedTensor> tensor_in(const dom::element& value, const std::string& path) {
  dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return wrong(path, "an object");
  Members members(object, path + ".");
  NamedTensor tensor{members.text("name"), members.list<std::size_t>("shape", "a list of sizes"), members.numbers("values")};
  if (auto status = members.status(); !status) return tl::unexpected(status.error());
  std::size_t count = 1;
  for (const auto one : tensor.shape) {
    if (one > longest_weights_file) return wrong(path + ".shape", "the numbers of outputs and inputs");
    count *= std::max<std::size_t>(one, 1);
    if (count > longest_weights_file) return wrong(path + ".shape", "the numbers of outputs and inputs");
  }
  if (tensor.name.empty() || tensor.shape.empty()) return wrong(path, "name, shape and values");
  if (tensor.values.size() != count)
    return fail(ErrorCode::data, "{}.values: {} numbers, the shape says {}", path, tensor.values.size(), count);
  return tensor;
}

using TakePart = Status (*)(const dom::object&, ImportedModel&);
constexpr std::array parts = {std::pair<const char*, TakePart>("schema", take_schema),
                              std::pair<const char*, TakePart>("preprocess", take_preprocess)};

}  // namespace

Result<ImportedModel> read_json_model(std::string_view text) {
  dom::parser parser;
  const auto object = object_in(parser, text, "the file");
  if (!object) return tl::unexpected(object.error());
  ImportedModel out;
  dom::array layers;
  if (object->at_key("layers").get_array().get(layers) != simdjson::SUCCESS)
    return wrong("layers", "a list of layers, as `rekindle export --format json` writes it");
  for (const auto layer : layers) {
    auto tensor = tensor_in(layer, fmt::format("layers[{}]", out.tensors.size()));
    if (!tensor) return tl::unexpected(tensor.error());
    out.tensors.push_back(*std::move(tensor));
  }
  for (const auto& [name, take_part] : parts) {
    dom::object part;
    if (object->at_key(name).get_object().get(part) != simdjson::SUCCESS) continue;
    if (auto status = take_part(part, out); !status) return tl::unexpected(status.error());
  }
  return out;
}

Result<ImportedModel> read_safetensors_model(std::string_view file) {
  auto tensors = decode_safetensors(file);
  if (!tensors) return tl::unexpected(tensors.error());
  ImportedModel out;
  out.tensors = *std::move(tensors);
  const auto metadata = safetensors_metadata(file);
  if (const auto producer = metadata.find("producer"); producer == metadata.end() || producer->second != "rekindle") return out;
  for (const auto& [name, take_part] : parts) {
    const auto at = metadata.find(name);
    if (at == metadata.end()) continue;
    dom::parser parser;
    const auto object = object_in(parser, at->second, name);
    if (!object) return tl::unexpected(object.error());
    if (auto status = take_part(*object, out); !status) return tl::unexpected(status.error());
  }
  return out;
}

}  // namespace rekindle
