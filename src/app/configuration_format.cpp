// What records are written with, where a format needs a schema: a file of it, or a registry.
#include <fmt/format.h>

#include <fstream>

#include "app/checker.hpp"
#include "connectors/decode/schema_file.hpp"

namespace rekindle {

namespace {

bool is_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && url.size() > scheme.size()) return url.find_first_of(" \t\r\n\"<>") == std::string_view::npos;
  }
  return false;
}

// Between the scheme and the path: there a password would stand, readable by all who see the configuration.
bool names_user(std::string_view url) {
  const auto begin = url.find("//") + 2;
  return url.substr(begin, url.find('/', begin) - begin).find('@') != std::string_view::npos;
}

}  // namespace

void Checker::record_schema(const Parameters& p, SourceConfiguration& out) {
  const auto* file = p.find("schema_file");
  const auto* given = p.find("registry");
  const auto* message = p.find("message");
  const bool needs_schema = out.format == "avro" || out.format == "protobuf";
  if (file != nullptr && !needs_schema) error(file->place, "source.schema_file", "is for format = \"avro\" or \"protobuf\"");
  if (given != nullptr && !needs_schema && out.format != "json")
    error(given->place, "source.registry", "is for format = \"avro\", \"protobuf\" or \"json\"");
  if (message != nullptr && out.format != "protobuf") error(message->place, "source.message", "is for format = \"protobuf\"");
  if (message != nullptr && given != nullptr) error(message->place, "source.message", "the frame of each record says it, with a registry");
  if (given != nullptr) registry(*given, out.registry);
  if (!needs_schema) return;
  if (file != nullptr && given != nullptr)
    error(given->place, "source.registry", "the schema is in source.schema_file already: give one of the two");
  // A container file of Avro has its schema with it.
  if (file == nullptr && given == nullptr && (out.type != SourceType::file || out.format != "avro"))
    error(p.find("format")->place, "source.schema_file",
          fmt::format("is required for format = {}, or source.registry", quoted(out.format)));
  if (file == nullptr) return;
  const auto kind = out.format == "avro" ? SchemaKind::avro : SchemaKind::protobuf;
  auto schema = read_schema_file(kind, *file->string(), message == nullptr ? "" : *message->string());
  if (!schema) return error(file->place, "source.schema_file", schema.error().message);
  out.schema = std::make_shared<const WriterSchema>(*std::move(schema));
}

void Checker::registry(const Value& given, RegistrySettings& out) {
  const auto url = [&](const Value& value, const std::string& key) {
    if (!is_url(*value.string()))
      return error(value.place, key, fmt::format("must be an http or https URL, got {}", quoted(*value.string())));
    if (names_user(*value.string())) return error(value.place, key, "must not have a user in it: give { url, user, password_file }");
    out.url = *value.string();
    while (out.url.ends_with('/')) out.url.pop_back();
  };
  if (given.string() != nullptr) return url(given, "source.registry");
  if (given.table() == nullptr)
    return error(given.place, "source.registry", "must be a URL, or a table { url, user, password_file, ca_file }");
  const auto p = check_parameters(registry_keys(), *given.table(), "source.registry", diagnostics_, given.place);
  if (p.has("url")) url(*p.find("url"), "source.registry.url");
  if (p.has("user")) out.user = p.string("user");
  for (const auto& [name, path] : {std::pair("password_file", &out.password_file), {"ca_file", &out.ca_file}}) {
    const auto* value = p.find(name);
    if (value == nullptr) continue;
    *path = *value->string();
    std::ifstream file(*path);
    std::string line;
    if (!file || !std::getline(file, line)) error(value->place, std::string("source.registry.") + name, "cannot be read from " + *path);
  }
  if (p.has("user") != p.has("password_file")) error(given.place, "source.registry", "user and password_file go together");
}

}  // namespace rekindle
