#include "connectors/decode/wire_format.hpp"

#include <fmt/format.h>

#include "connectors/decode/fields.hpp"

namespace rekindle {

namespace {

const Rejection no_frame = {RejectReason::undecodable, "",
                            "it does not begin with a byte 0 and a schema's id: it was not written with a schema registry"};

class Unframed final : public Decoder {
 public:
  explicit Unframed(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}
  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    RawRecord inner;
    return open(record, inner, why) ? decoder_->discover(inner, why) : std::nullopt;
  }
  void set_layout(std::vector<std::string> features) override { decoder_->set_layout(std::move(features)); }
  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    RawRecord inner;
    return open(record, inner, why) && decoder_->decode(inner, sample, why);
  }

 private:
  static bool open(const RawRecord& record, RawRecord& inner, Rejection& why) {
    inner = record;
    if (record.tombstone || record.payload.empty()) return true;  // The decoder has its own words for it.
    if (!schema_id(record.payload)) {
      why = no_frame;
      return false;
    }
    inner.payload.remove_prefix(frame_size);
    return true;
  }
  std::unique_ptr<Decoder> decoder_;
};

// False: no varint of at most 32 bits.
bool take_zigzag(std::string_view& rest, std::int64_t& out) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte >= 0x80) continue;
    out = static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> message_indexes_size(std::string_view body) {
  auto rest = body;
  std::int64_t count = 0;
  if (!take_zigzag(rest, count) || count < 0 || count > static_cast<std::int64_t>(deepest_message)) return std::nullopt;
  for (std::int64_t ignored = 0; count > 0; --count) {
    if (!take_zigzag(rest, ignored)) return std::nullopt;
  }
  return body.size() - rest.size();
}

std::vector<std::int64_t> message_indexes(std::string_view indexes) {
  std::int64_t count = 0;
  std::vector<std::int64_t> out;
  if (!take_zigzag(indexes, count) || count == 0) return {0};
  for (std::int64_t index = 0; count > 0 && take_zigzag(indexes, index); --count) out.push_back(index);
  return out;
}

std::string_view to_string(SchemaKind kind) {
  return kind == SchemaKind::avro ? "Avro" : (kind == SchemaKind::protobuf ? "Protobuf" : "JSON");
}

std::optional<std::uint32_t> schema_id(std::string_view payload) {
  if (payload.size() < frame_size || payload[0] != '\0') return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = 1; i < frame_size; ++i) id = id << 8 | static_cast<unsigned char>(payload[i]);
  return id;
}

const WriterSchema* open_record(const RawRecord& record, const DecoderOptions& options, SchemaKind kind, std::string_view& body,
                                Rejection& why) {
  if (!may_be_decoded(record, options.max_record_bytes, why)) return nullptr;
  body = record.payload;
  const auto* schema = record.schema != nullptr ? record.schema : options.schema.get();
  if (schema == nullptr && options.framed) {
    why = no_frame;
    return nullptr;
  }
  if (schema == nullptr) {
    why = {RejectReason::undecodable, "", "there is no schema to read it with (source.schema_file or source.registry names one)"};
    return nullptr;
  }
  if (schema->framed && !schema_id(body)) {
    why = no_frame;
    return nullptr;
  }
  const auto id = [&] { return schema->framed ? fmt::format("schema {}", *schema_id(body)) : std::string("its schema"); };
  if (!schema->problem.empty()) {
    why = {RejectReason::undecodable, "", fmt::format("{}: {}", id(), schema->problem)};
    return nullptr;
  }
  if (schema->kind != kind) {
    why = {RejectReason::undecodable, "",
           fmt::format("{} is of {}, and source.format says {}", id(), to_string(schema->kind), to_string(kind))};
    return nullptr;
  }
  if (schema->framed) body.remove_prefix(frame_size);
  return schema;
}

std::unique_ptr<Decoder> make_unframed(std::unique_ptr<Decoder> decoder) { return std::make_unique<Unframed>(std::move(decoder)); }

}  // namespace rekindle
