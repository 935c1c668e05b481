#include "app/sample_tape.hpp"

#include <algorithm>
#include <iterator>

namespace rekindle {

void SampleTape::add(const Sample& sample, std::string_view topic, std::int32_t partition) {
  Entry entry;
  entry.usable = true;
  entry.place = place_of(topic, partition);
  entry.values = values_.size();
  entry.value_count = sample.values.size();
  values_.insert(values_.end(), sample.values.begin(), sample.values.end());
  entry.sparse = sparse_.size();
  entry.sparse_count = sample.sparse.size();
  sparse_.insert(sparse_.end(), sample.sparse.begin(), sample.sparse.end());
  entry.categories = categories_.size();
  entry.category_count = sample.categories.size();
  for (const auto text : sample.categories) categories_.push_back(kept(text));
  entry.label = kept(sample.label);
  entry.incumbent = kept(sample.incumbent);
  entry.weight = sample.weight;
  entry.offset = sample.offset;
  entry.time_ms = sample.time_ms;
  entries_.push_back(entry);
}

void SampleTape::add_rejected(std::string_view topic, std::int32_t partition) {
  Entry entry;
  entry.place = place_of(topic, partition);
  entries_.push_back(entry);
}

bool SampleTape::read(std::size_t index, Sample& out) const {
  const auto& entry = entries_[index];
  if (!entry.usable) return false;
  const auto begin_of = [](const auto& all, std::size_t at) { return all.begin() + static_cast<std::ptrdiff_t>(at); };
  out.values.assign(begin_of(values_, entry.values), begin_of(values_, entry.values + entry.value_count));
  out.sparse.assign(begin_of(sparse_, entry.sparse), begin_of(sparse_, entry.sparse + entry.sparse_count));
  out.categories.assign(begin_of(categories_, entry.categories), begin_of(categories_, entry.categories + entry.category_count));
  out.label = entry.label;
  out.incumbent = entry.incumbent;
  out.weight = entry.weight;
  out.offset = entry.offset;
  out.time_ms = entry.time_ms;
  out.id = {};
  return true;
}

std::size_t SampleTape::place_of(std::string_view topic, std::int32_t partition) {
  return partitions_.try_emplace({std::string(topic), partition}, partitions_.size()).first->second;
}

std::size_t SampleTape::partition_of(std::size_t index) const {
  const auto at = std::ranges::find(partitions_, entries_[index].place, [](const auto& one) { return one.second; });
  return static_cast<std::size_t>(std::distance(partitions_.begin(), at));
}

std::string_view SampleTape::kept(std::string_view text) {
  if (text.empty()) return {};
  auto at = texts_.find(text);
  if (at == texts_.end()) {
    at = texts_.emplace(text).first;
    text_bytes_ += text.size() + sizeof(std::string) + 4 * sizeof(void*);
  }
  return *at;
}

Label SampleTape::kept(Label label) {
  label.text = kept(label.text);
  return label;
}

std::size_t SampleTape::bytes() const {
  return entries_.capacity() * sizeof(Entry) + values_.capacity() * sizeof(double) + sparse_.capacity() * sizeof(SparseEntry) +
         categories_.capacity() * sizeof(std::string_view) + text_bytes_;
}

}  // namespace rekindle
