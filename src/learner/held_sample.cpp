#include "learner/held_sample.hpp"

namespace rekindle {

void HeldSample::write(const Sample& sample, const Prediction& prediction, std::span<const double> scores, ByteWriter& out) {
  out.put_array(sample.values);
  out.put<std::uint64_t>(sample.sparse.size());
  for (const auto& [index, value] : sample.sparse) {
    out.put(index);
    out.put(value);
  }
  out.put<std::uint64_t>(sample.categories.size());
  for (const auto category : sample.categories) out.put_string(category);
  out.put(sample.incumbent.kind);
  out.put(sample.incumbent.number);
  out.put_string(sample.incumbent.kind == Label::Kind::text ? sample.incumbent.text : std::string_view());
  out.put(sample.weight);
  out.put(sample.offset);
  out.put(prediction.value);
  out.put_array(prediction.probabilities);
  out.put_array(scores);
}

bool HeldSample::read(std::span<const std::byte> bytes, std::int64_t time_ms) {
  ByteReader in(bytes);
  sample_ = {};
  sample_.time_ms = time_ms;
  sample_.values = in.get_array<double>();
  const auto entries = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < entries && in.ok(); ++i) {
    const auto index = in.get<std::uint32_t>();
    sample_.sparse.push_back({index, in.get<double>()});
  }
  texts_.clear();
  const auto categories = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < categories && in.ok(); ++i) texts_.push_back(in.get_string());
  in.get_into(sample_.incumbent.kind);
  in.get_into(sample_.incumbent.number);
  texts_.push_back(in.get_string());
  in.get_into(sample_.weight);
  in.get_into(sample_.offset);
  in.get_into(prediction_.value);
  prediction_.probabilities = in.get_array<double>();
  scores_ = in.get_array<double>();
  // Only now, as they do not move any more.
  sample_.incumbent.text = texts_.back();
  for (std::size_t i = 0; i + 1 < texts_.size(); ++i) sample_.categories.emplace_back(texts_[i]);
  return in.ok() && in.at_end();
}

}  // namespace rekindle
