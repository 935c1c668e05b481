#include "checkpoint/checkpoint.hpp"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "checkpoint/file_form.hpp"

namespace rekindle {
namespace {

constexpr int compression_level = 1;
constexpr std::size_t worth_compressing = 256;

// The compressed bytes, or nothing where they would not be fewer.
std::vector<std::byte> compress(std::span<const std::byte> raw) {
  if (raw.size() < worth_compressing) return {};
  std::vector<std::byte> packed(ZSTD_compressBound(raw.size()));
  const auto size = ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), compression_level);
  if (ZSTD_isError(size) != 0 || size >= raw.size()) return {};
  packed.resize(size);
  return packed;
}

stored::Header header_of(const Checkpoint& checkpoint) {
  stored::Header header;
  header.set_sequence(checkpoint.sequence);
  header.set_created_ms(checkpoint.created_ms);
  header.set_configuration(checkpoint.configuration);
  for (const auto& one : checkpoint.position.all()) {
    auto* position = header.add_positions();
    position->set_topic(one.topic);
    position->set_partition(one.partition);
    position->set_next(one.next);
  }
  for (const auto& [name, value] : checkpoint.summary) {
    auto* fact = header.add_summary();
    fact->set_name(name);
    fact->set_value(value);
  }
  return header;
}

Checkpoint without_sections(const stored::Header& header) {
  Checkpoint checkpoint;
  checkpoint.sequence = header.sequence();
  checkpoint.created_ms = header.created_ms();
  checkpoint.configuration = header.configuration();
  for (const auto& one : header.positions()) checkpoint.position.set(one.topic(), one.partition(), one.next());
  for (const auto& fact : header.summary()) checkpoint.summary.insert_or_assign(fact.name(), fact.value());
  return checkpoint;
}

Result<std::vector<std::byte>> unpack(const stored::Section& section, std::span<const std::byte> bytes) {
  if (hash64(bytes) != section.checksum()) return fail(ErrorCode::data, "section \"{}\": checksum does not match", section.name());
  if (section.stored_size() == section.raw_size()) return std::vector<std::byte>(bytes.begin(), bytes.end());
  std::vector<std::byte> raw(static_cast<std::size_t>(section.raw_size()));
  const auto size = ZSTD_decompress(raw.data(), raw.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) return fail(ErrorCode::data, "section \"{}\": {}", section.name(), ZSTD_getErrorName(size));
  if (size != raw.size()) return fail(ErrorCode::data, "section \"{}\": {} bytes instead of {}", section.name(), size, raw.size());
  return raw;
}

}  // namespace

const CheckpointSection* Checkpoint::find(std::string_view name) const {
  const auto at = std::ranges::find(sections, name, &CheckpointSection::name);
  return at != sections.end() ? &*at : nullptr;
}

std::vector<std::byte> encode_checkpoint(const Checkpoint& checkpoint) {
  auto header = header_of(checkpoint);
  std::vector<std::vector<std::byte>> packed;
  packed.reserve(checkpoint.sections.size());
  for (const auto& section : checkpoint.sections) packed.push_back(compress(section.bytes));

  const auto stored_bytes = [&](std::size_t i) {
    return packed[i].empty() ? std::span<const std::byte>(checkpoint.sections[i].bytes) : std::span<const std::byte>(packed[i]);
  };
  std::size_t total = 0;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    auto* entry = header.add_sections();
    entry->set_name(checkpoint.sections[i].name);
    entry->set_raw_size(checkpoint.sections[i].bytes.size());
    entry->set_stored_size(stored_bytes(i).size());
    entry->set_checksum(hash64(stored_bytes(i)));
    total += stored_bytes(i).size();
  }
  auto file = write_head(header);
  file.reserve(file.size() + total);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    file.insert(file.end(), stored_bytes(i).begin(), stored_bytes(i).end());
    packed[i] = {};  // A large state is not there three times.
  }
  return file;
}

Result<Checkpoint> decode_checkpoint(std::span<const std::byte> file) {
  auto head = read_head(file);
  if (!head) return tl::unexpected(std::move(head.error()));
  auto checkpoint = without_sections(head->header);
  auto rest = head->sections;
  for (const auto& section : head->header.sections()) {
    const auto size = static_cast<std::size_t>(section.stored_size());
    auto bytes = unpack(section, rest.first(size));
    if (!bytes) return tl::unexpected(std::move(bytes.error()));
    checkpoint.sections.push_back({section.name(), std::move(*bytes)});
    rest = rest.subspan(size);
  }
  return checkpoint;
}

}  // namespace rekindle
