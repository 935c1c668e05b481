// What every decoder's fuzz target does: the input's first byte chooses a schema, its lines are records.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/registry.hpp"

namespace rekindle::fuzz {

inline Schema schema_of(unsigned choice) {
  Schema schema;
  schema.task = static_cast<Task>(choice % 3);
  schema.missing = static_cast<MissingPolicy>(choice / 3 % 3);
  schema.label = "y";
  if (choice & 0x10) schema.features = {"a", "b.c", "v"};
  if (choice & 0x20) {
    schema.weight = "w";
    schema.id = "id";
    schema.time = "t";
    schema.incumbent = "old";
  }
  return schema;
}

// In memory of exactly the promised size, so that a byte read beyond the padding is found.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(text.begin(), text.end()), size_(text.size()) {
    bytes_.resize(size_ + payload_padding, '"');
    bytes_.shrink_to_fit();
  }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::vector<char> bytes_;
  std::size_t size_;
};

inline void must(bool condition) {
  if (!condition) std::abort();
}

inline void decode_one(Decoder& decoder, const RawRecord& record, std::size_t features, MissingPolicy missing) {
  Sample sample;
  Rejection why;
  if (!decoder.decode(record, sample, why)) return must(!why.detail.empty());
  must(sample.values.size() == features);
  for (const double value : sample.values) must(std::isfinite(value) || (std::isnan(value) && missing == MissingPolicy::mean));
  must(sample.label.kind != Label::Kind::number || std::isfinite(sample.label.number));
}

// Lines are records; with a header, the first of them names the columns.
inline void decode_lines(const char* format, const DecoderOptions& options, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  const auto schema = schema_of(data[0]);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto decoder = find_row(formats(), format)->make(schema, options);
  std::string header;
  if (options.header) {
    header = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), header.size() + 1));
  }
  std::optional<std::vector<std::string>> features;
  while (!rest.empty()) {
    const Padded line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), line.text().size() + 1));
    RawRecord record;
    record.payload = line.text();
    record.column_names = header;
    if (!features) {
      Rejection why;
      features = decoder->discover(record, why);
      must(features || !why.detail.empty());
      if (features) decoder->set_layout(*features);
    }
    if (features) decode_one(*decoder, record, features->size(), schema.missing);
  }
}

}  // namespace rekindle::fuzz
