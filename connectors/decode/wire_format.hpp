// The frame that a schema registry puts before a record: a byte 0, the schema's id in four bytes, highest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

inline constexpr std::size_t frame_size = 5;

// Nothing: there is no such frame.
[[nodiscard]] std::optional<std::uint32_t> schema_id(std::string_view payload);

// The schema that a record was written with, and what is left of it behind its frame. Null: `why` says what is missing.
[[nodiscard]] const WriterSchema* open_record(const RawRecord& record, const DecoderOptions& options, SchemaKind kind,
                                              std::string_view& body, Rejection& why);

// Of Protobuf: behind the frame, how deep the record's type is in the file and its place on each level, as zigzag varints; a single 0
// stands for the first type. How many bytes they are; nothing: they are broken, or more than `deepest_message` levels.
inline constexpr std::size_t deepest_message = 16;
[[nodiscard]] std::optional<std::size_t> message_indexes_size(std::string_view body);
[[nodiscard]] std::vector<std::int64_t> message_indexes(std::string_view indexes);

// A decoder for what is behind the frame, where the frame's id is of no use.
[[nodiscard]] std::unique_ptr<Decoder> make_unframed(std::unique_ptr<Decoder> decoder);

[[nodiscard]] std::string_view to_string(SchemaKind kind);

}  // namespace rekindle
