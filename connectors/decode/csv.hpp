// CsvDecoder: one line a record. RFC 4180, but that a record is one line: a quoted cell cannot hold a line break.
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// A cell may be quoted, with "" for a quote; blanks around one that is not are no part of it. An empty cell is a missing
// value; an empty label says "not known yet": the sample is predicted and not learned. With a header a record has as many
// cells as the header; without one, at least as many as the schema and the features need.
[[nodiscard]] std::unique_ptr<Decoder> make_csv_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
