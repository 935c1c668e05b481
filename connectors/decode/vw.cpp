#include "connectors/decode/vw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "connectors/decode/fields.hpp"
#include "connectors/decode/near_bytes.hpp"
#include "connectors/decode/short_number.hpp"
#include "connectors/decode/sparse_text.hpp"

namespace rekindle {

namespace {

constexpr char nameless = ' ';  // What stands for the namespace without a name in a pair.

// Of streams whose features are not at the same places, nothing is remembered but now and then.
constexpr std::size_t most_places = 4096;
constexpr std::uint64_t most_strangers = 64;
constexpr std::uint64_t look_again_every = 64;  // Records.

class VwDecoder final : public Decoder {
 public:
  VwDecoder(const Schema& schema, const DecoderOptions& options) : schema_(schema), options_(options), filter_(schema.features) {}

  // A record names its features itself: there is no dense part.
  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    if (Sample ignored; !decode(record, ignored, why)) return std::nullopt;
    return std::vector<std::string>();
  }

  void set_layout(std::vector<std::string> /*features*/) override {}

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override;

 private:
  struct Namespace {
    std::string_view name;
    std::uint32_t hash = 0;
    double scale = 1;
    std::uint32_t unnamed = 0;  // Features without a name so far; they are numbered.
  };
  struct Feature {
    char space = nameless;
    std::uint32_t hash = 0;
    double value = 0;
  };
  // The feature that stood at some place of a record.
  struct Place {
    Beginning name;           // With its colon.
    std::ptrdiff_t size = 0;  // Of that.
    std::uint32_t space = 0;  // Its namespace's hash.
    std::uint32_t coordinate = 0;
  };

  bool fill_head(std::string_view head, Sample& sample, Rejection& why);
  bool fill_namespace(std::string_view text, Sample& sample, Rejection& why);
  bool open_namespace(std::string_view& text, Namespace& space, Rejection& why);
  bool fill_feature(const ValuedWord& word, Namespace& space, Sample& sample, Rejection& why);
  void take_known(std::string_view& rest, const Namespace& space, Sample& sample);
  void remember(std::string_view name, const Namespace& space, std::size_t place, std::uint32_t coordinate);
  bool add_pairs(Sample& sample, Rejection& why);
  [[nodiscard]] bool is_wanted(std::string_view name, const Namespace& space);
  // Whether a feature's name says all that is asked of it.
  [[nodiscard]] bool may_be_known() const { return filter_.empty() && options_.interactions.empty(); }

  Schema schema_;
  DecoderOptions options_;
  FeatureFilter filter_;
  EntryOrder order_;
  EitherByte gaps_{' ', '\t'};
  std::string qualified_;
  std::vector<Feature> features_;  // Of the record at hand, where there are pairs.
  std::vector<Place> places_;
  std::uint64_t records_ = 0;
  std::uint64_t strangers_ = 0;  // Features that were not where they had been, less those that were.
};

bool VwDecoder::decode(const RawRecord& record, Sample& sample, Rejection& why) {
  std::string_view line;
  if (!open_line(record, options_.max_record_bytes, line, why)) return false;
  const auto bar = line.find('|');
  if (bar == std::string_view::npos) {
    why = {RejectReason::undecodable, "", "no | before the features (expected: label importance 'tag| feature:value ...)"};
    return false;
  }
  begin_sample(record, 0, 0, sample);
  features_.clear();
  if (++records_ % look_again_every == 0) strangers_ = 0;
  if (!fill_head(line.substr(0, bar), sample, why)) return false;
  for (line.remove_prefix(bar + 1);;) {
    // What is known has no bar in it, and is read without looking for the next one.
    if (!line.empty() && is_gap(line.front())) take_known(line, Namespace(), sample);
    const auto next = std::min(line.find('|'), line.size());
    if (!fill_namespace(line.substr(0, next), sample, why)) return false;
    if (next == line.size()) break;
    line.remove_prefix(next + 1);
  }
  return add_pairs(sample, why) && finish_sparse(sample, order_, why);
}

// [label [importance]] [tag]
bool VwDecoder::fill_head(std::string_view head, Sample& sample, Rejection& why) {
  // Nearly always a label and nothing else. Reads on into the payload's padding.
  if (head.ends_with(' ') && short_number(head.data(), head.size() - 1, sample.label.number)) {
    sample.label.kind = Label::Kind::number;
    return true;
  }
  const auto last = head.find_last_of(" \t");
  const bool touches = !head.empty() && last != head.size() - 1;
  const auto trimmed = head.substr(0, head.find_last_not_of(" \t") + 1);
  const auto begin = trimmed.find_last_of(" \t") + 1;  // 0 where there is none.
  auto tag = trimmed.substr(begin);
  if (touches || tag.starts_with('\'')) {
    head = trimmed.substr(0, begin);
    if (tag.starts_with('\'')) tag.remove_prefix(1);
    sample.id = tag;
  }
  if (const auto label = take_word(head); !label.empty() && !take_label(label, schema_, sample, why)) return false;
  const auto importance = take_word(head);
  if (!importance.empty() && !take_number(importance, "importance", sample.weight, why)) return false;
  if (take_word(head).empty()) return true;
  why = {RejectReason::undecodable, "", "more than label, importance and 'tag before the first | (an initial prediction is not taken)"};
  return false;
}

// The name follows the bar at once; a blank after the bar says that there is none.
bool VwDecoder::open_namespace(std::string_view& text, Namespace& space, Rejection& why) {
  if (text.empty() || text.front() == ' ' || text.front() == '\t') return true;
  const auto word = take_word(text);
  const auto colon = word.find(':');
  space.name = word.substr(0, colon);
  space.hash = feature_hash(space.name, 0);
  if (colon == std::string_view::npos) return true;
  return take_number(word.substr(colon + 1), space.name, space.scale, why);
}

bool VwDecoder::fill_namespace(std::string_view text, Sample& sample, Rejection& why) {
  Namespace space;
  if (!open_namespace(text, space, why)) return false;
  while (true) {
    take_known(text, space, sample);
    const auto word = take_valued_word(text);
    if (word.empty()) return true;
    if (!fill_feature(word, space, sample, why)) return false;
  }
}

// Most streams have each feature at one place: there its name need be neither looked for nor hashed. Stops at one that is not where it
// was, or is no short number. Reads on into the payload's padding.
void VwDecoder::take_known(std::string_view& rest, const Namespace& space, Sample& sample) {
  static_assert(payload_padding >= 33 && short_number_reads <= 32);
  const auto first = sample.sparse.size();
  if (strangers_ >= most_strangers || first >= places_.size() || rest.empty()) return;
  const char* at = rest.data();
  const char* const last = at + rest.size();
  const char* begin = at + (is_gap(*at) ? 1 : 0);
  for (const auto& known : std::span(places_).subspan(first)) {
    const char* end = begin + gaps_.before(begin);
    if (end > last) end = last;  // A guess, for the next word waits for this one's end.
    const auto value_size = end - begin - known.size;
    if (value_size <= 0 || known.space != space.hash || !known.name.begins(begin)) break;
    double value = 0;
    if (!short_number(begin + known.size, static_cast<std::size_t>(value_size), value)) break;
    sample.sparse.push_back({known.coordinate, value * space.scale});
    at = end;
    if (end == last) break;
    begin = end + 1;
  }
  rest = {at, static_cast<std::size_t>(last - at)};
  strangers_ -= std::min<std::uint64_t>(strangers_, sample.sparse.size() - first);
}

void VwDecoder::remember(std::string_view name, const Namespace& space, std::size_t place, std::uint32_t coordinate) {
  if (strangers_ >= most_strangers || place >= most_places) return;
  ++strangers_;
  if (places_.size() <= place) places_.resize(place + 1);
  places_[place] = {Beginning(name, ':'), static_cast<std::ptrdiff_t>(name.size() + 1), space.hash, coordinate};
}

bool VwDecoder::is_wanted(std::string_view name, const Namespace& space) {
  if (filter_.empty() || filter_.takes(name)) return true;
  qualified_.assign(space.name);
  qualified_ += '^';
  qualified_ += name;
  return filter_.takes(qualified_);
}

bool VwDecoder::fill_feature(const ValuedWord& word, Namespace& space, Sample& sample, Rejection& why) {
  const auto name = word.name;
  double value = word.value;
  if (word.has_value && !word.read && !take_number(word.text, name, value, why)) return false;
  const auto hash = name.empty() ? space.hash + space.unnamed++ : feature_hash(name, space.hash);
  if (!is_wanted(name, space)) return true;
  if (sample.sparse.size() == most_sparse_features) return too_many_features(why);
  value *= space.scale;
  const auto coordinate = coordinate_of(hash, options_.hash_bits);
  if (!name.empty() && word.has_value && may_be_known()) remember(name, space, sample.sparse.size(), coordinate);
  sample.sparse.push_back({coordinate, value});
  if (!options_.interactions.empty()) features_.push_back({space.name.empty() ? nameless : space.name.front(), hash, value});
  return true;
}

// A namespace with itself: each pair once, and every feature with itself.
bool VwDecoder::add_pairs(Sample& sample, Rejection& why) {
  for (const auto& pair : options_.interactions) {
    for (std::size_t i = 0; i < features_.size(); ++i) {
      if (features_[i].space != pair[0]) continue;
      for (std::size_t j = pair[0] == pair[1] ? i : 0; j < features_.size(); ++j) {
        if (features_[j].space != pair[1]) continue;
        if (sample.sparse.size() == most_sparse_features) return too_many_features(why);
        const auto hash = interaction_hash(features_[i].hash, features_[j].hash);
        sample.sparse.push_back({coordinate_of(hash, options_.hash_bits), features_[i].value * features_[j].value});
      }
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<Decoder> make_vw_decoder(const Schema& schema, const DecoderOptions& options) {
  return std::make_unique<VwDecoder>(schema, options);
}

}  // namespace rekindle
