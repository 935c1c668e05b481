// The schema of records in a file: .avsc of Avro; .proto or a compiled FileDescriptorSet of Protobuf.
#pragma once

#include <string>

#include "base/result.hpp"
#include "connectors/writer_schema.hpp"

namespace rekindle {

// `message`: of Protobuf, the type of a record; "": the file's first. ErrorCode::io: it cannot be read; ErrorCode::data: it is no such
// schema.
[[nodiscard]] Result<WriterSchema> read_schema_file(SchemaKind kind, const std::string& path, const std::string& message = {});

}  // namespace rekindle
