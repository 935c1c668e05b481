// WriterSchema: what a record was written with, where its bytes alone do not say what they mean.
#pragma once

#include <cstdint>
#include <string>

namespace rekindle {

enum class SchemaKind : std::uint8_t { json, avro, protobuf };

struct WriterSchema {
  SchemaKind kind = SchemaKind::json;
  std::string text;     // Avro: the JSON of the schema. Protobuf: the bytes of a FileDescriptorSet, the file itself last.
  std::string message;  // Protobuf: the full name of the record's type; "": the file's first, or what the record's frame says.
  bool framed = false;  // Its records begin with the frame of a schema registry: a magic byte, the schema's id, message indexes.
  std::string problem;  // Why there is no usable schema behind an id, for people; "" where there is one.
};

}  // namespace rekindle
