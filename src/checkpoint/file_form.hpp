// The outside of a checkpoint file: magic, format version and the checksummed header, without looking into the sections.
//
//   8 bytes  "REKINDLE"
//   u32      format version          these four stay as they are in every version, so that an
//   u32      length of the header    old rekindle can tell a newer file from a damaged one
//   u64      XXH3-64 of the header
//            header (checkpoint.proto), then the sections one after the other, nothing behind them
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "checkpoint/checkpoint.pb.h"

namespace rekindle {

inline constexpr std::string_view checkpoint_magic = "REKINDLE";
inline constexpr std::uint32_t newest_version = 1;
inline constexpr std::size_t fixed_bytes = 24;
inline constexpr std::uint64_t max_header_bytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t max_state_bytes = std::uint64_t{4} << 30;  // All sections together, uncompressed.
inline constexpr std::uint64_t max_file_bytes = fixed_bytes + max_header_bytes + max_state_bytes;

struct FileHead {
  stored::Header header;
  std::span<const std::byte> sections;  // Exactly as many bytes as the section table says.
};

// Everything in the header is checked: order, signs, names, sizes against the bytes that are there.
[[nodiscard]] Result<FileHead> read_head(std::span<const std::byte> file);

// Magic, version, length, checksum and `header`; the caller appends the sections.
[[nodiscard]] std::vector<std::byte> write_head(const stored::Header& header);

// The format version, where it is one that only a newer rekindle can read.
[[nodiscard]] std::optional<std::uint32_t> newer_version(std::span<const std::byte> file);

}  // namespace rekindle
