#include "app/imported_model.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/exact_json.hpp"
#include "app/json_members.hpp"
#include "app/safetensors.hpp"
#include "data/hashing.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

tl::unexpected<Error> wrong(const std::string& where, const char* wanted) {
  return fail(ErrorCode::data, "{}: expected {}", where, wanted);
}

Result<json::object> object_in(std::string_view text, const char* what) {
  auto value = parse_exact_json(text);
  if (!value) return fail(ErrorCode::data, "{} is {}", what, value.error().message);
  if (!value->is_object()) return fail(ErrorCode::data, "{} is not a JSON object", what);
  return std::move(value->get_object());
}

// "country=DE", or the value of a pair that begins with a categorical field.
bool is_value_of(const std::string& name, const std::vector<std::string>& categorical) {
  return std::ranges::any_of(categorical,
                             [&](const auto& field) { return name.starts_with(field + "=") || name.starts_with(field + "*"); });
}

Status take_schema(const json::object& object, ImportedModel& out) {
  JsonMembers members(object, "schema.");
  out.task = members.text("task");
  out.features = members.texts("features");
  out.categorical = members.texts("categorical");
  out.classes = members.texts("classes");
  const auto first = std::ranges::find_if(out.features, [&](const auto& name) { return is_value_of(name, out.categorical); });
  out.onehot.assign(first, out.features.end());
  out.features.erase(first, out.features.end());
  return members.status();
}

Status take_preprocess(const json::object& object, ImportedModel& out) {
  JsonMembers members(object, "preprocess.");
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

Result<NamedTensor> tensor_in(const json::value& value, const std::string& path) {
  if (!value.is_object()) return wrong(path, "an object");
  JsonMembers members(value.get_object(), path + ".");
  NamedTensor tensor{members.text("name"), members.list<std::size_t>("shape", "a list of sizes"), members.numbers("values")};
  if (auto status = members.status(); !status) return tl::unexpected(status.error());
  std::size_t count = 1;
  for (const auto one : tensor.shape) {
    if (one > longest_weights_file) return wrong(path + ".shape", "the numbers of outputs and inputs");
    count *= std::max<std::size_t>(one, 1);
    if (count > longest_weights_file) return wrong(path + ".shape", "the numbers of outputs and inputs");
  }
  if (tensor.name.empty() || tensor.shape.empty()) return wrong(path, "name, shape and values");
  if (std::ranges::find(tensor.shape, std::size_t{0}) != tensor.shape.end()) count = 0;  // Only now, so that no 0 hides a length.
  if (tensor.values.size() != count)
    return fail(ErrorCode::data, "{}.values: {} numbers, the shape says {}", path, tensor.values.size(), count);
  return tensor;
}

// Of a published portfolio the member that counts most, as `export` writes it.
Status keep_best(const std::string& members, ImportedModel& out) {
  const auto weights = object_in(members, "members");
  if (!weights) return tl::unexpected(weights.error());
  std::string best;
  double most = -1;
  for (const auto& [name, weight] : *weights) {
    double value = 0;
    if (!JsonMembers::take(weight, value)) return wrong("members", "an object of weights");
    if (value > most) best = std::string(name) + "/";
    most = std::max(most, value);
  }
  std::erase_if(out.tensors, [&](const auto& tensor) { return !tensor.name.starts_with(best); });
  for (auto& tensor : out.tensors) tensor.name.erase(0, best.size());
  return {};
}

using TakePart = Status (*)(const json::object&, ImportedModel&);
constexpr std::array parts = {std::pair<const char*, TakePart>("schema", take_schema),
                              std::pair<const char*, TakePart>("preprocess", take_preprocess)};

}  // namespace

Result<ImportedModel> read_json_model(std::string_view text) {
  const auto object = object_in(text, "the file");
  if (!object) return tl::unexpected(object.error());
  if (are_coefficients(*object)) return read_coefficients(*object);
  ImportedModel out;
  const auto* layers = object->if_contains("layers");
  if (layers == nullptr || !layers->is_array()) return wrong("layers", "a list of layers, as `rekindle export --format json` writes it");
  for (const auto& layer : layers->get_array()) {
    auto tensor = tensor_in(layer, fmt::format("layers[{}]", out.tensors.size()));
    if (!tensor) return tl::unexpected(tensor.error());
    out.tensors.push_back(*std::move(tensor));
  }
  for (const auto& [name, take_part] : parts) {
    const auto* part = object->if_contains(name);
    if (part == nullptr || !part->is_object()) continue;
    if (auto status = take_part(part->get_object(), out); !status) return tl::unexpected(status.error());
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
    const auto object = object_in(at->second, name);
    if (!object) return tl::unexpected(object.error());
    if (auto status = take_part(*object, out); !status) return tl::unexpected(status.error());
  }
  if (const auto members = metadata.find("members"); members != metadata.end()) {
    if (auto status = keep_best(members->second, out); !status) return tl::unexpected(status.error());
  }
  return out;
}

}  // namespace rekindle
