#include "connectors/decode/schema_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "connectors/decode/avro_schema.hpp"

namespace rekindle {

namespace {

Result<std::string> contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file || file.bad()) return fail(ErrorCode::io, "cannot be read from {}: {}", path, std::strerror(errno));
  return text;
}

}  // namespace

Result<WriterSchema> read_schema_file(SchemaKind kind, const std::string& path, const std::string& message) {
  auto text = contents_of(path);
  if (!text) return tl::unexpected(text.error());
  WriterSchema out{kind, *std::move(text), message, false, {}};
  const auto parsed = AvroSchema::parse(out.text);
  if (!parsed) return fail(ErrorCode::data, "{}: {}", path, parsed.error().message);
  return out;
}

}  // namespace rekindle
