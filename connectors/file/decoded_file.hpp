// A file of decoded records in blocks, each with its checksum: what `append_decoded` makes, and where each record was.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "connectors/source.hpp"

namespace rekindle {

// Takes the place of `path` when it is finished, and not before: nobody reads half of one.
class DecodedFileWriter {
 public:
  // `identity` names what was decoded and how; a reader asks for the same.
  [[nodiscard]] static Result<std::unique_ptr<DecodedFileWriter>> create(const std::string& path, const std::string& identity);
  DecodedFileWriter(const DecodedFileWriter&) = delete;
  DecodedFileWriter& operator=(const DecodedFileWriter&) = delete;
  ~DecodedFileWriter();  // Takes away what is not finished.

  // `record` with its decoded form as the payload; its views need only live during the call.
  void add(const RawRecord& record);
  // What was added since the last end of a block becomes one; a block is read at once.
  [[nodiscard]] Status end_block();
  [[nodiscard]] Status finish();

 private:
  DecodedFileWriter(std::string path, std::string temporary);
  std::string path_;
  std::string temporary_;
  bool finished_ = false;
  std::ofstream file_;
  std::string block_;
  std::uint32_t records_ = 0;
};

// The records from the one on that has `skip` before it; topic, partition, offset and command are those of the record that was
// decoded. Null: there is no such file, or it is not of this identity. ErrorCode::data from `poll`: a block is damaged.
[[nodiscard]] std::unique_ptr<SampleSource> open_decoded_file(const std::string& path, const std::string& identity, std::uint64_t skip);

}  // namespace rekindle
