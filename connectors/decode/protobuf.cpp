#include "connectors/decode/protobuf.hpp"

#include <map>

#include "connectors/decode/protobuf_reader.hpp"
#include "connectors/decode/wire_format.hpp"

namespace rekindle {

namespace {

// The types of one writer, with the readers that were needed so far.
struct Written {
  Result<std::unique_ptr<ProtobufTypes>> types;
  std::map<std::string, Result<ProtobufReader>> readers;  // By what the frame says of the type; "": there is no frame.
};

class ProtobufDecoder final : public Decoder {
 public:
  ProtobufDecoder(const Schema& schema, const DecoderOptions& options) : schema_(schema), options_(options), filler_(schema, options) {}

  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    std::string_view body;
    std::string_view frame;
    const auto* writer = open(record, body, frame, why);
    if (writer == nullptr) return std::nullopt;
    std::vector<FoundField> found;
    auto reader = reader_of(*writer, types_of(*writer).types, frame, [&](const FoundField& field, bool is_record) {
      if (is_record) return ProtobufReader::Choice{{}, !field.nested || leads_to_named(schema_, field.name)};
      found.push_back(field);
      return ProtobufReader::Choice{found.size() - 1, false};
    });
    if (!reader) {
      why = {RejectReason::undecodable, "", reader.error().message};
      return std::nullopt;
    }
    // Types alone say what is numeric; what cannot be a feature is no mistake of this record.
    ArrayMeasure lengths(found);
    if (!reader->read(body, lengths, why)) return std::nullopt;
    return choose_features(schema_, found, why);
  }

  void set_layout(std::vector<std::string> features) override {
    filler_.set_layout(features);
    written_.clear();
    latest_writer_ = nullptr;
  }

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    std::string_view body;
    std::string_view frame;
    const auto* writer = open(record, body, frame, why);
    if (writer == nullptr) return false;
    if (writer != latest_writer_ || frame != latest_frame_) choose_reader(*writer, frame);
    if (!*reader_) {
      why = {RejectReason::undecodable, "", reader_->error().message};
      return false;
    }
    filler_.begin(record, sample, why);
    return (*reader_)->read(body, filler_, why) && filler_.finish();
  }

 private:
  // `frame`: the indexes that say which of the schema's types the record is of, as they are written.
  const WriterSchema* open(const RawRecord& record, std::string_view& body, std::string_view& frame, Rejection& why) const {
    const auto* writer = open_record(record, options_, SchemaKind::protobuf, body, why);
    frame = {};
    if (writer == nullptr || !writer->framed) return writer;
    const auto size = message_indexes_size(body);
    if (!size) {
      why = {RejectReason::undecodable, "", "the frame of the record does not say which message it is"};
      return nullptr;
    }
    frame = body.substr(0, *size);
    body.remove_prefix(*size);
    return writer;
  }

  Written& types_of(const WriterSchema& writer) {
    auto known = written_.find(&writer);
    if (known == written_.end())
      known = written_.emplace(&writer, std::make_unique<Written>(Written{ProtobufTypes::make(writer.text), {}})).first;
    return *known->second;
  }

  static Result<ProtobufReader> reader_of(const WriterSchema& writer, const Result<std::unique_ptr<ProtobufTypes>>& types,
                                          std::string_view frame, const ProtobufReader::Choose& choose) {
    if (!types) return tl::unexpected(types.error());
    if (frame.empty()) {
      const auto type = (*types)->message(writer.message);
      if (!type) return tl::unexpected(type.error());
      return ProtobufReader::make(**types, **type, choose);
    }
    const auto indexes = message_indexes(frame);
    const auto* type = (*types)->message_at(indexes);
    if (type == nullptr) return fail(ErrorCode::data, "its schema has no message at place {}", fmt::join(indexes, ", "));
    return ProtobufReader::make(**types, *type, choose);
  }

  void choose_reader(const WriterSchema& writer, std::string_view frame) {
    auto& written = types_of(writer);
    const std::string key(frame);
    auto known = written.readers.find(key);
    if (known == written.readers.end()) {
      auto reader = reader_of(writer, written.types, frame, [&](const FoundField& field, bool is_record) {
        return ProtobufReader::Choice{filler_.plan().find(field.name), is_record && filler_.leads_to_field(field.name)};
      });
      known = written.readers.emplace(key, std::move(reader)).first;
    }
    reader_ = &known->second;
    latest_frame_ = known->first;
    latest_writer_ = &writer;
  }

  Schema schema_;
  DecoderOptions options_;
  SampleFiller filler_;
  std::map<const WriterSchema*, std::unique_ptr<Written>> written_;
  const WriterSchema* latest_writer_ = nullptr;
  std::string_view latest_frame_;
  Result<ProtobufReader>* reader_ = nullptr;
};

}  // namespace

std::unique_ptr<Decoder> make_protobuf_decoder(const Schema& schema, const DecoderOptions& options) {
  return std::make_unique<ProtobufDecoder>(schema, options);
}

}  // namespace rekindle
