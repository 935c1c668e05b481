#include "app/decoded_record.hpp"

#include <utility>

namespace rekindle {

namespace {

// The decoder's views end with its next record; what they show is kept.
void keep_text(DecodedRecord& record) {
  auto& sample = record.sample;
  const auto id_size = sample.id.size();
  const auto label = text_of(sample.label);
  const auto incumbent = text_of(sample.incumbent);
  if (sample.id.empty() && label.empty() && incumbent.empty() && sample.categories.empty()) return;
  record.text.assign(sample.id);
  record.text += label;
  record.text += incumbent;
  for (const auto category : sample.categories) record.text += category;
  const std::string_view text = record.text;
  sample.id = text.substr(0, id_size);
  std::size_t at = id_size;
  for (auto [kept, whole] : {std::pair(&sample.label.text, label), {&sample.incumbent.text, incumbent}}) {
    if (!whole.empty()) *kept = text.substr(at, whole.size());
    at += whole.size();
  }
  for (auto& category : sample.categories) {
    category = text.substr(at, category.size());
    at += category.size();
  }
}

}  // namespace

void decode(Decoder& decoder, const RawRecord& record, DecodedRecord& out) {
  out.topic = record.topic;
  out.partition = record.partition;
  out.offset = record.offset;
  out.control.reset();
  if (record.is_control()) {
    out.control = record.control;
    out.text = record.payload;
    out.usable = out.is_label = false;
    return;
  }
  out.is_label = decoder.is_label(record);
  out.usable = decoder.decode(record, out.sample, out.why);
  if (out.usable) keep_text(out);
}

}  // namespace rekindle
