// JsonDecoder: one JSON object a record; arrays of numbers are features x[0], x[1], ...
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// The longest path that is followed: a.b.c has three parts. A name with more dots is a key and nothing else.
inline constexpr std::size_t longest_json_path = 8;

// A name with dots is a path: "user.age" is member "age" of object "user", unless the record has a key "user.age" itself.
// A label that is absent is a bad record; a label that is null says "not known yet": the sample is predicted and not
// learned.
[[nodiscard]] std::unique_ptr<Decoder> make_json_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
