#include "connectors/decode/libsvm.hpp"

#include <fmt/format.h>

#include <charconv>

#include "connectors/decode/fields.hpp"
#include "connectors/decode/sparse_text.hpp"

namespace rekindle {

namespace {

class LibsvmDecoder final : public Decoder {
 public:
  LibsvmDecoder(const Schema& schema, const DecoderOptions& options) : schema_(schema), options_(options), filter_(schema.features) {}

  // A record names its features itself: there is no dense part.
  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    if (Sample ignored; !decode(record, ignored, why)) return std::nullopt;
    return std::vector<std::string>();
  }

  void set_layout(std::vector<std::string> /*features*/) override {}

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    std::string_view line;
    if (!open_line(record, options_.max_record_bytes, line, why)) return false;
    line = line.substr(0, line.find('#'));
    begin_sample(record, 0, 0, sample);
    auto rest = line;
    const auto word = take_word(rest);
    if (word.empty()) {
      why = {RejectReason::undecodable, "", "no sample on this line (expected: label index:value ...)"};
      return false;
    }
    if (word.find(':') == std::string_view::npos) {
      if (!take_label(word, schema_, sample, why)) return false;
      line = rest;
    }
    for (auto feature = take_valued_word(line); !feature.empty(); feature = take_valued_word(line)) {
      if (!fill_feature(feature, sample, why)) return false;
    }
    return finish_sparse(sample, order_, why);
  }

 private:
  bool fill_feature(const ValuedWord& word, Sample& sample, Rejection& why) {
    const auto name = word.name;
    std::uint64_t index = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (!word.has_value || name.empty() || error != std::errc{} || rest != name.data() + name.size()) {
      const std::string_view shown(name.data(), std::min<std::size_t>(word.size(), 40));
      why = {RejectReason::undecodable, "", fmt::format("expected index:value with an integer as the index, got \"{}\"", shown)};
      return false;
    }
    double value = word.value;
    if (!word.read && !take_number(word.text, name, value, why)) return false;
    if (!filter_.empty() && !filter_.takes(name)) return true;
    if (sample.sparse.size() == most_sparse_features) return too_many_features(why);
    sample.sparse.push_back({coordinate_of(static_cast<std::uint32_t>(index), options_.hash_bits), value});
    return true;
  }

  Schema schema_;
  DecoderOptions options_;
  FeatureFilter filter_;
  EntryOrder order_;
};

}  // namespace

std::unique_ptr<Decoder> make_libsvm_decoder(const Schema& schema, const DecoderOptions& options) {
  return std::make_unique<LibsvmDecoder>(schema, options);
}

}  // namespace rekindle
