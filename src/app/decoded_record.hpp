// DecodedRecord: a record that was decoded ahead of its turn, and stays whole when its decoder and its source go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/decode/decoder.hpp"
#include "connectors/source.hpp"
#include "data/sample.hpp"

namespace rekindle {

struct DecodedRecord {
  bool usable = false;
  bool is_label = false;                    // The label of a sample that came before: Decoder::is_label.
  std::optional<std::string> control = {};  // Of a command, which is not decoded; its payload is `text`.
  Sample sample;
  Rejection why;           // Where it is not usable.
  std::string text;        // What the sample's views point into.
  std::string_view topic;  // Where it was; as long as the source.
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// `out`'s buffers are reused.
void decode(Decoder& decoder, const RawRecord& record, DecodedRecord& out);

}  // namespace rekindle
