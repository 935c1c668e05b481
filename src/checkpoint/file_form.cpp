#include "checkpoint/file_form.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace rekindle {
namespace {

// The smallest block of a zstd frame that holds anything is 4 bytes, and no block holds more than 128 KiB. So that a
// small file cannot make us allocate gigabytes.
constexpr std::uint64_t smallest_block_bytes = 4;
constexpr std::uint64_t largest_block_content = 128 << 10;

bool has_magic(std::span<const std::byte> file) {
  return file.size() >= checkpoint_magic.size() && std::memcmp(file.data(), checkpoint_magic.data(), checkpoint_magic.size()) == 0;
}

// Names go into messages and onto terminals.
bool is_fit_name(std::string_view name) {
  const auto fit = [](char c) { return c > ' ' && c <= '~' && c != '"'; };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, fit);
}

Status check_positions(const stored::Header& header) {
  const auto key = [](const stored::Position& one) { return std::tuple(std::string_view(one.topic()), one.partition()); };
  const stored::Position* before = nullptr;
  for (const auto& one : header.positions()) {
    if (one.partition() < 0 || one.next() < 0) return fail(ErrorCode::data, "position: a partition or offset is negative");
    if (before != nullptr && key(*before) >= key(one)) return fail(ErrorCode::data, "position: partitions are not in order");
    before = &one;
  }
  return {};
}

Status check_sizes(const stored::Section& section, std::uint64_t raw_before) {
  const auto raw = section.raw_size();
  const auto stored = section.stored_size();
  if (raw > max_state_bytes - raw_before) {
    return fail(ErrorCode::data, "section \"{}\": with it the state is larger than {} bytes", section.name(), max_state_bytes);
  }
  if (stored > raw || raw > (stored / smallest_block_bytes + 1) * largest_block_content) {
    return fail(ErrorCode::data, "section \"{}\": {} stored bytes cannot hold {}", section.name(), stored, raw);
  }
  return {};
}

Status check_sections(const stored::Header& header, std::uint64_t there) {
  std::set<std::string_view> names;
  std::uint64_t raw = 0;
  for (const auto& section : header.sections()) {
    if (!is_fit_name(section.name())) return fail(ErrorCode::data, "section table: a name is empty, too long or not printable");
    if (!names.insert(section.name()).second) return fail(ErrorCode::data, "section \"{}\" is there twice", section.name());
    if (auto fits = check_sizes(section, raw); !fits) return fits;
    raw += section.raw_size();
    if (section.stored_size() > there) {
      return fail(ErrorCode::data, "section \"{}\" cut short: {} of {} bytes are there", section.name(), there, section.stored_size());
    }
    there -= section.stored_size();
  }
  if (there != 0) return fail(ErrorCode::data, "{} bytes too many behind the last section", there);
  return {};
}

Status check_fixed_part(std::span<const std::byte> file) {
  if (file.empty()) return fail(ErrorCode::data, "file is empty");
  if (const auto version = newer_version(file)) {
    return fail(ErrorCode::data, "format version {} was written by a newer rekindle; this one reads up to {}", *version, newest_version);
  }
  if (!has_magic(file)) return fail(ErrorCode::data, "not a checkpoint");
  if (file.size() < fixed_bytes) return fail(ErrorCode::data, "cut short: {} bytes, not even the fixed part", file.size());
  return {};
}

}  // namespace

Result<FileHead> read_head(std::span<const std::byte> file) {
  if (auto fixed = check_fixed_part(file); !fixed) return tl::unexpected(fixed.error());
  ByteReader reader(file.subspan(checkpoint_magic.size()));
  const auto version = reader.get<std::uint32_t>();
  const auto length = reader.get<std::uint32_t>();
  const auto checksum = reader.get<std::uint64_t>();
  if (version != newest_version) return fail(ErrorCode::data, "format version {} does not exist", version);
  if (length > max_header_bytes) return fail(ErrorCode::data, "header claims {} bytes, more than {}", length, max_header_bytes);
  const auto rest = file.subspan(fixed_bytes);
  if (length > rest.size()) return fail(ErrorCode::data, "header cut short: {} of {} bytes are there", rest.size(), length);
  const auto bytes = rest.first(length);
  if (hash64(bytes) != checksum) return fail(ErrorCode::data, "header: checksum does not match");

  FileHead head;
  head.sections = rest.subspan(length);
  if (!head.header.ParseFromArray(bytes.data(), static_cast<int>(length))) return fail(ErrorCode::data, "header cannot be decoded");
  if (auto good = check_positions(head.header); !good) return tl::unexpected(good.error());
  if (auto good = check_sections(head.header, head.sections.size()); !good) return tl::unexpected(good.error());
  return head;
}

std::vector<std::byte> write_head(const stored::Header& header) {
  const std::string text = header.SerializeAsString();
  const auto bytes = std::as_bytes(std::span(text));
  std::vector<std::byte> file;
  const auto append = [&file](std::span<const std::byte> some) { file.insert(file.end(), some.begin(), some.end()); };
  ByteWriter fixed;
  fixed.put(newest_version);
  fixed.put(static_cast<std::uint32_t>(bytes.size()));
  fixed.put(hash64(bytes));
  append(std::as_bytes(std::span(checkpoint_magic)));
  append(fixed.bytes());
  append(bytes);
  return file;
}

std::optional<std::uint32_t> newer_version(std::span<const std::byte> file) {
  if (!has_magic(file)) return std::nullopt;
  ByteReader reader(file.subspan(checkpoint_magic.size()));
  const auto version = reader.get<std::uint32_t>();
  if (!reader.ok() || version <= newest_version) return std::nullopt;
  return version;
}

}  // namespace rekindle
