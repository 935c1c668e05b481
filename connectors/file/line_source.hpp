// LineSource: a file (or standard input) of one record a line, plain or compressed with gzip or zstd.
#pragma once

#include <memory>
#include <string>

#include "connectors/source.hpp"

namespace rekindle {

struct LineOptions {
  // The first line that is not empty names the columns: it is no record, and goes with every record. Its index counts.
  // Not so where it is one of a recording, which is no CSV.
  bool header = false;
  // At the end of the file, wait for more; a last line without its end waits too. The file has no end then.
  bool follow = false;
  // While following: a file that was replaced or became shorter is read from its first line. Otherwise it is
  // ErrorCode::source_lost, because a position in the old file says nothing of the new one.
  bool restart = false;
};

// `path` "-" is standard input. The topic of its records is the file's name, the offset the line's index from 0; empty
// lines count but give no record. Lines of any length are read; the decoder refuses those that are too long.
[[nodiscard]] std::unique_ptr<SampleSource> make_line_source(std::string path, LineOptions options = {});

}  // namespace rekindle
