#include "connectors/decode/schema_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "connectors/decode/avro_schema.hpp"
#include "connectors/decode/protobuf_schema.hpp"

namespace rekindle {

namespace {

Result<std::string> contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file || file.bad()) return fail(ErrorCode::io, "cannot be read from {}: {}", path, std::strerror(errno));
  return text;
}

// A .proto file is text, with what it imports beside it; anything else is one that protoc has compiled.
Result<WriterSchema> protobuf_schema(const std::string& path, std::string text, const std::string& message) {
  if (path.ends_with(".proto")) {
    const auto slash = path.find_last_of('/');
    const auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    auto compiled = compile_proto(path.substr(slash + 1), {}, folder);
    if (!compiled) return tl::unexpected(compiled.error());
    text = *std::move(compiled);
  }
  const auto types = ProtobufTypes::make(text);
  if (!types) return fail(ErrorCode::data, "{}: {}", path, types.error().message);
  const auto type = (*types)->message(message);
  if (!type) return fail(ErrorCode::data, "{}: {}", path, type.error().message);
  return WriterSchema{SchemaKind::protobuf, std::move(text), (*type)->full_name(), false, {}};
}

}  // namespace

Result<WriterSchema> read_schema_file(SchemaKind kind, const std::string& path, const std::string& message) {
  auto text = contents_of(path);
  if (!text) return tl::unexpected(text.error());
  if (kind == SchemaKind::protobuf) return protobuf_schema(path, *std::move(text), message);
  WriterSchema out{kind, *std::move(text), message, false, {}};
  const auto parsed = AvroSchema::parse(out.text);
  if (!parsed) return fail(ErrorCode::data, "{}: {}", path, parsed.error().message);
  return out;
}

}  // namespace rekindle
