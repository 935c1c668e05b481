// Avro's container files (.avro): records with the schema that they were written with, in one file.
#pragma once

#include <memory>
#include <string>

#include "connectors/source.hpp"

namespace rekindle {

// Whether a file begins as one.
[[nodiscard]] bool is_avro_file(const std::string& path);

// The topic of its records is the file's name, the offset the record's index from 0; each comes with the file's schema. Blocks may be
// packed with deflate, snappy or lzma, what avro-c knows. ErrorCode::data: a block is broken; the message names the record.
[[nodiscard]] std::unique_ptr<SampleSource> make_avro_file_source(std::string path);

}  // namespace rekindle
