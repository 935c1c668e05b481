// DecodedRecord: a record that was decoded ahead of its turn, and stays whole when its decoder and its source go on.
#pragma once

#include <algorithm>
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

// Asks for what is learned next from where another core has written it: the first few hundred bytes of the next record's features, and the
// record after it, whose features nobody knows the place of yet. Null: there is none, or it is not decoded.
inline void fetch_coming(const DecodedRecord* next, const DecodedRecord* after_next) {
  constexpr std::size_t line = 64;
  constexpr std::size_t most = 8 * line;
  const auto ask = [](const void* from, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; i += line) __builtin_prefetch(static_cast<const char*>(from) + i);
  };
  if (after_next != nullptr) ask(after_next, sizeof *after_next);
  if (next == nullptr) return;
  ask(next->sample.values.data(), std::min(most, next->sample.values.size() * sizeof(double)));
  ask(next->sample.sparse.data(), std::min(most, next->sample.sparse.size() * sizeof(SparseEntry)));
}

// `out`'s buffers are reused.
void decode(Decoder& decoder, const RawRecord& record, DecodedRecord& out);

}  // namespace rekindle
