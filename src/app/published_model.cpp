#include "app/published_model.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <charconv>

#include "app/configuration.hpp"
#include "app/event_json.hpp"
#include "app/exact_json.hpp"
#include "app/imported_model.hpp"
#include "app/model_description.hpp"
#include "app/safetensors.hpp"
#include "app/toml.hpp"
#include "base/hash.hpp"
#include "http/json_text.hpp"
#include "learner/model_parts.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;
using Metadata = std::map<std::string, std::string>;

constexpr std::string_view form = "rekindle-model 1";
// It is the only key of the header that reads so: quotes within a text are escaped.
constexpr std::string_view checksum_key = "\"checksum\":\"";
constexpr std::string_view no_checksum = "0000000000000000";

// What of the configuration predictions depend on.
constexpr std::array kept_sections = {"schema", "preprocess", "model"};
constexpr std::array left_out = {"labels_topic", "label_timeout", "label_buffer", "on_label_timeout", "initial", "layers"};

std::string checksum_of(std::string_view file) {
  return fmt::format("{:016x}", hash64(std::as_bytes(std::span(file.data(), file.size()))));
}

std::size_t checksum_place(std::string_view file) {
  const auto at = file.find(checksum_key);
  return at == std::string_view::npos ? at : at + checksum_key.size();
}

Table without_some(const Table& table) {
  Table rest;
  for (const auto& entry : table.entries()) {
    if (std::ranges::find(left_out, entry.key) == left_out.end()) rest.set(entry.key, entry.value, entry.key_place);
  }
  return rest;
}

std::string configuration_to_predict(const Learner& learner, const std::string& text) {
  Diagnostics ignored;
  const auto table = read_toml_text(text, "configuration", ignored);
  std::string out;
  const auto add = [&](const std::string& name, const Table& section) {
    out += fmt::format("[{}]\n", name);
    for (const auto& entry : section.entries()) out += fmt::format("{} = {}\n", entry.key, entry.value.text());
  };
  for (const auto* name : kept_sections) {
    if (const auto* entry = table.find(name)) add(name, without_some(*entry->value.table()));
  }
  Table learner_section;
  const auto& spec = learner.spec();
  learner_section.set("mode", Value(std::string(spec.mode == LearnerMode::single ? "single" : "portfolio")), {});
  learner_section.set("budget", Value(std::string(spec.budget == PortfolioBudget::full ? "full" : "lite")), {});
  add("learner", learner_section);
  // Some formats name their features themselves; all others mean the same here.
  const bool names_features = spec.schema.categorical.empty() && spec.sparse_coordinates;
  const auto* source = table.find("source");
  const auto* format = source == nullptr ? nullptr : source->value.table()->find("format");
  Table source_section;
  source_section.set("topic", Value(std::string("model")), {});
  if (names_features && format != nullptr) source_section.set("format", format->value, {});
  add("source", source_section);
  return out;
}

std::string text_of(const Metadata& metadata, const char* key) {
  const auto at = metadata.find(key);
  return at == metadata.end() ? "" : at->second;
}

template <class Number>
Number number_of(const Metadata& metadata, const char* key) {
  const auto text = text_of(metadata, key);
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Status verify(std::string_view file) {
  const auto at = checksum_place(file);
  if (at == std::string_view::npos || file.size() - at < no_checksum.size())
    return fail(ErrorCode::data, "no model that rekindle has published: it has no checksum");
  std::string whole(file);
  whole.replace(at, no_checksum.size(), no_checksum);
  if (checksum_of(whole) == file.substr(at, no_checksum.size())) return {};
  return fail(ErrorCode::data, "damaged: its checksum does not match");
}

Result<LearnerSpec> spec_in(const Metadata& metadata) {
  Diagnostics diagnostics;
  const auto table = read_toml_text(text_of(metadata, "configuration"), "the model's configuration", diagnostics);
  auto configuration = check_configuration(table, "the model's configuration", diagnostics);
  if (!diagnostics.failed()) return std::move(configuration.learner);
  return fail(ErrorCode::data, "its configuration is not one of this version: {}", diagnostics.all().front().text());
}

// In the order of `members`, with the name of each before its tensors; one part without a name where there are no members.
Result<std::vector<ModelPart>> parts_in(const Metadata& metadata, std::vector<NamedTensor> tensors) {
  std::vector<ModelPart> parts;
  const auto members = metadata.find("members");
  if (members == metadata.end()) {
    parts.push_back({"", 1, std::move(tensors)});
    return parts;
  }
  const auto weights = parse_exact_json(members->second);
  if (!weights || !weights->is_object()) return fail(ErrorCode::data, "members: not an object of weights");
  for (const auto& [name, weight] : weights->get_object()) {
    boost::system::error_code error;
    parts.push_back({std::string(name), weight.to_number<double>(error), {}});
    if (error) return fail(ErrorCode::data, "members: not an object of weights");
  }
  for (auto& tensor : tensors) {
    const auto slash = tensor.name.find('/');
    const auto part = std::ranges::find(parts, tensor.name.substr(0, slash), &ModelPart::name);
    if (slash == std::string::npos || part == parts.end()) return fail(ErrorCode::data, "{}: of no member", tensor.name);
    tensor.name.erase(0, slash + 1);
    part->tensors.push_back(std::move(tensor));
  }
  return parts;
}

Result<Scaler> scaler_in(const LearnerSpec& spec, const ImportedModel& model) {
  Scaler scaler(spec.scale, spec.fading_alpha, model.features.size(), spec.schema.needs_means());
  const auto saved = saved_form(spec.scale, model.scaling);
  ByteReader in(saved);
  scaler.load(in);
  if (!in.ok()) return fail(ErrorCode::data, "preprocess: not the statistics of {} features", model.features.size());
  return scaler;
}

Result<CategoryEncoder> categories_in(const LearnerSpec& spec, const ImportedModel& model) {
  CategoryEncoder categories(spec.categories);
  if (model.onehot.empty()) return categories;
  ByteWriter saved;
  saved.put<std::uint64_t>(model.onehot.size());
  for (const auto& name : model.onehot) saved.put_string(name);
  ByteReader in(saved.bytes());
  categories.load(in);
  if (!in.ok()) return fail(ErrorCode::data, "schema.features: not the values of the categories");
  return categories;
}

// The dense features come first, as many as are told: a name cannot always tell which it is.
Status split_features(const Metadata& metadata, ImportedModel& model) {
  auto all = std::move(model.features);
  all.insert(all.end(), model.onehot.begin(), model.onehot.end());
  const auto dense = number_of<std::size_t>(metadata, "dense_features");
  if (dense > all.size()) return fail(ErrorCode::data, "dense_features: {} of {}", dense, all.size());
  model.features.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(dense));
  model.onehot.assign(all.begin() + static_cast<std::ptrdiff_t>(dense), all.end());
  return {};
}

Result<std::shared_ptr<FrozenModel>> model_in(const Metadata& metadata, const LearnerSpec& spec, ImportedModel model) {
  if (auto status = split_features(metadata, model); !status) return tl::unexpected(status.error());
  auto scaler = scaler_in(spec, model);
  if (!scaler) return tl::unexpected(scaler.error());
  auto categories = categories_in(spec, model);
  if (!categories) return tl::unexpected(categories.error());
  const auto parts = parts_in(metadata, std::move(model.tensors));
  if (!parts) return tl::unexpected(parts.error());
  auto member = member_of(spec, model.features.size(), model.classes.size(), *parts);
  if (!member) return tl::unexpected(member.error());
  FrozenParts frozen{*std::move(member),
                     spec.member.precision,
                     *std::move(categories),
                     *std::move(scaler),
                     std::move(model.features),
                     std::move(model.classes),
                     number_of<std::uint64_t>(metadata, "model_version")};
  return std::make_shared<FrozenModel>(std::move(frozen), spec.schema.task);
}

}  // namespace

std::string encode_model(const Learner& learner, const ModelOrigin& origin) {
  const auto& spec = learner.spec();
  const auto number = [](auto value) { return fmt::format("{}", value); };
  Metadata metadata = {{"producer", "rekindle"},
                       {"form", std::string(form)},
                       {"checksum", std::string(no_checksum)},
                       {"group", origin.group},
                       {"version", number(origin.version)},
                       {"model_version", number(learner.counters().learned)},
                       {"created_ms", number(origin.created_ms)},
                       {"mode", spec.mode == LearnerMode::single ? "single" : "portfolio"},
                       {"position", json_text(position_json(origin.position).at("position"))},
                       {"dense_features", number(learner.features().size())},
                       {"schema", json_text(schema_json(learner))},
                       {"preprocess", json_text(preprocess_json(learner))},
                       {"configuration", configuration_to_predict(learner, origin.configuration)}};
  std::vector<NamedTensor> tensors;
  json::object members;
  for (auto& part : parts_of(learner)) {
    if (!part.name.empty()) members[part.name] = part.weight;
    for (auto& tensor : part.tensors) {
      if (!part.name.empty()) tensor.name = part.name + "/" + tensor.name;
      tensors.push_back(std::move(tensor));
    }
  }
  if (!members.empty()) metadata["members"] = json_text(members);
  auto file = encode_safetensors(tensors, spec.member.precision != Precision::float64, metadata);
  const auto checksum = checksum_of(file);
  file.replace(checksum_place(file), checksum.size(), checksum);
  return file;
}

Result<PublishedModel> decode_model(std::string_view file) {
  const auto metadata = safetensors_metadata(file);
  if (const auto known = text_of(metadata, "form"); known != form) {
    if (known.empty()) return fail(ErrorCode::data, "no model that rekindle has published");
    return fail(ErrorCode::data, "a model in the form \"{}\"; this rekindle reads \"{}\"", known, form);
  }
  if (auto status = verify(file); !status) return tl::unexpected(status.error());
  auto imported = read_safetensors_model(file);
  if (!imported) return tl::unexpected(imported.error());
  imported->tensors = decode_safetensors(file).value();  // Of all members; it has been read once.
  auto spec = spec_in(metadata);
  if (!spec) return tl::unexpected(spec.error());
  auto model = model_in(metadata, *spec, *std::move(imported));
  if (!model) return tl::unexpected(model.error());
  PublishedModel out;
  out.model = *std::move(model);
  out.schema = std::move(spec->schema);
  out.version = number_of<std::uint64_t>(metadata, "version");
  out.group = text_of(metadata, "group");
  out.mode = text_of(metadata, "mode");
  out.position = text_of(metadata, "position");
  out.created_ms = number_of<std::int64_t>(metadata, "created_ms");
  out.bytes = file.size();
  return out;
}

std::uint64_t version_in(std::string_view file) { return number_of<std::uint64_t>(safetensors_metadata(file), "version"); }

}  // namespace rekindle
