// ProtobufDecoder: one message of Protobuf, by the schema that it was written with.
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// Fields are found by their names in the schema. Members of messages are fields a.b, elements of repeated numbers x[0], x[1], ...;
// a field that tells whether it is there (optional, oneof, a wrapper such as google.protobuf.DoubleValue, proto2) is null where it is
// not, a missing value or an unknown label; so is an array of no elements missing; other fields are 0 or "" then. An enum is its symbol,
// google.protobuf.Timestamp is ms. Maps, bytes and repeated messages are passed over, and refused where the schema names them.
[[nodiscard]] std::unique_ptr<Decoder> make_protobuf_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
