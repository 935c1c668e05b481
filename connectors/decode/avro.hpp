// AvroDecoder: one record in Avro's binary form, by the schema that it was written with.
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// Fields are found by their names in the writer's schema, whatever their order and whatever else is there: no schema of the reader is
// asked for. Members of records are fields a.b, elements of arrays x[0], x[1], ...; a union is whichever of its branches the record
// has, null being a missing value; an enum is its symbol. Maps, bytes and fixed are passed over, and refused where the schema names them.
[[nodiscard]] std::unique_ptr<Decoder> make_avro_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
