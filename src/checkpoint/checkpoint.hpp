// Checkpoint: the position and the whole learning state in one value. It is the only truth that a restart needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/position.hpp"
#include "data/section.hpp"

namespace rekindle {

// Each has its own checksum in the file.
using CheckpointSection = StateSection;

struct Checkpoint {
  std::uint64_t sequence = 0;  // Strictly grows within a directory; given by the store.
  std::int64_t created_ms = 0;
  Position position;
  std::string configuration;  // The effective configuration, as TOML, secrets left out.
  std::vector<CheckpointSection> sections;
  // For `inspect`, without decoding the sections: state_hash, samples, learned, updates, lr, mode, ...
  std::map<std::string, std::string> summary;

  [[nodiscard]] const CheckpointSection* find(std::string_view name) const;
};

// The file form: magic, format version, checksummed protobuf header (checkpoint.proto), then the sections, each with its
// length and checksum, zstd-compressed. Version N+1 reads N's files; a newer file is refused by its version number.
[[nodiscard]] std::vector<std::byte> encode_checkpoint(const Checkpoint& checkpoint);

// Never trusts a length or a count; never loads a part. The error (ErrorCode::data) says what is damaged.
[[nodiscard]] Result<Checkpoint> decode_checkpoint(std::span<const std::byte> file);

}  // namespace rekindle
