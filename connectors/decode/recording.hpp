// Recordings: records of topics, one JSON object a line, in the shape that `kcat -J` writes:
//
//   {"topic":"t","partition":0,"offset":7,"tstype":"create","ts":1700000000000,"headers":["name","value"],"key":null,"payload":"..."}
//
// A payload, key or header that is not UTF-8 is null there, and `payload_base64`, `key_base64` or `headers_base64` has it. A record
// of a CSV file comes with `columns`, the line that names them.
#pragma once

#include <memory>
#include <string_view>

#include "connectors/source.hpp"

namespace rekindle {

// `line` has `payload_padding` readable bytes behind it.
[[nodiscard]] bool is_recording_line(std::string_view line);

enum class LinesAre : std::uint8_t { recording_or_records, recording };

// Takes lines apart where the first of them is of a recording; otherwise the lines are the records, if they may be. A position may hold
// lines, under the name of the file, or offsets of topics, or both. `control`: look for commands. ErrorCode::data: a line of a recording
// that is none.
[[nodiscard]] std::unique_ptr<SampleSource> make_recording_source(std::unique_ptr<SampleSource> lines,
                                                                  LinesAre lines_are = LinesAre::recording_or_records,
                                                                  bool control = false);

}  // namespace rekindle
