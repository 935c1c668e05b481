#include "connectors/decode/avro.hpp"

#include <map>

#include "connectors/decode/avro_tree.hpp"
#include "connectors/decode/wire_format.hpp"

namespace rekindle {

namespace {

class AvroDecoder final : public Decoder {
 public:
  AvroDecoder(const Schema& schema, const DecoderOptions& options) : schema_(schema), options_(options), filler_(schema, options) {
    filler_.keep_texts();  // avro-c's texts are gone with the value.
  }

  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    std::string_view body;
    const auto* writer = open_record(record, options_, SchemaKind::avro, body, why);
    if (writer == nullptr) return std::nullopt;
    std::vector<FoundField> found;
    auto tree = tree_of(*writer, [&](const FoundField& field, bool is_record) -> AvroTree::Choice {
      if (is_record) return {{}, false, !field.nested || leads_to_named(schema_, field.name)};
      found.push_back(field);
      return {found.size() - 1};
    });
    ArrayMeasure lengths(found);
    if (!tree) {
      why = {RejectReason::undecodable, "", tree.error().message};
      return std::nullopt;
    }
    if (!tree->read(body, lengths, why)) return std::nullopt;
    return choose_features(schema_, found, why);
  }

  void set_layout(std::vector<std::string> features) override {
    filler_.set_layout(features);
    trees_.clear();
    latest_ = nullptr;
  }

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    std::string_view body;
    const auto* writer = open_record(record, options_, SchemaKind::avro, body, why);
    if (writer == nullptr) return false;
    if (writer != latest_) choose_tree(*writer);
    if (!*tree_) {
      why = {RejectReason::undecodable, "", tree_->error().message};
      return false;
    }
    filler_.begin(record, sample, why);
    return (*tree_)->read(body, filler_, why) && filler_.finish();
  }

 private:
  static Result<AvroTree> tree_of(const WriterSchema& writer, const AvroTree::Choose& choose) {
    auto parsed = AvroSchema::parse(writer.text);
    if (!parsed) return tl::unexpected(parsed.error());
    return AvroTree::make(*std::move(parsed), choose);
  }

  void choose_tree(const WriterSchema& writer) {
    auto known = trees_.find(&writer);
    if (known == trees_.end()) {
      auto tree = tree_of(writer, [&](const FoundField& field, bool is_record) -> AvroTree::Choice {
        const auto index = filler_.plan().find(field.name);
        const bool is_time = index && filler_.plan().fields()[*index].role == FieldRole::time;
        return {index, is_time, is_record && filler_.leads_to_field(field.name)};
      });
      known = trees_.emplace(&writer, std::make_unique<Result<AvroTree>>(std::move(tree))).first;
    }
    tree_ = known->second.get();
    latest_ = &writer;
  }

  Schema schema_;
  DecoderOptions options_;
  SampleFiller filler_;
  std::map<const WriterSchema*, std::unique_ptr<Result<AvroTree>>> trees_;
  const WriterSchema* latest_ = nullptr;
  Result<AvroTree>* tree_ = nullptr;
};

}  // namespace

std::unique_ptr<Decoder> make_avro_decoder(const Schema& schema, const DecoderOptions& options) {
  return std::make_unique<AvroDecoder>(schema, options);
}

}  // namespace rekindle
