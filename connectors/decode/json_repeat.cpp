#include "connectors/decode/json_repeat.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "connectors/decode/json_keys.hpp"
#include "connectors/decode/json_number.hpp"

namespace rekindle {

namespace {

// After so many failures in a row, one record in so many is tried.
constexpr std::uint64_t patience = 8;
constexpr std::uint64_t rarely = 64;
// And after so many, the record at hand is learned; a stream that has given no other by then has none.
constexpr std::array<std::uint64_t, 3> relearned = {64, 256, 1024};

// Of what is behind a quotation mark: up to the next. False: there is something else than plain ASCII before, or no end.
bool cut_text(std::string_view& rest) {
  for (std::size_t size = 0; size < rest.size(); size += 32) {
    const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rest.data() + size));
    const auto ends = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'))));
    // Below a space are, of signed bytes, those beyond ASCII too.
    const auto odd = static_cast<std::uint32_t>(_mm256_movemask_epi8(
        _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')), _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes))));
    if ((ends | odd) == 0) continue;
    size += static_cast<std::size_t>(std::countr_zero(ends | odd));
    const bool good = std::countr_zero(ends) < std::countr_zero(odd) && size < rest.size();
    if (good) rest = rest.substr(0, size);
    return good;
  }
  return false;
}

}  // namespace

JsonRepeat::NumberEnds::NumberEnds() {
  comma.fill(',');
  both.fill(static_cast<char>(']' & '}'));
  bracket.fill(']');
}

// Bytes before the end of a number: a comma, a bracket or a brace. 32 where there is none among so many.
inline std::size_t JsonRepeat::number_size(const char* at) const {
  const auto load = [](const char* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); };
  const auto bytes = load(at);
  const auto brackets = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, load(ends_.both.data())), load(ends_.bracket.data()));
  const auto found = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, load(ends_.comma.data())), brackets);
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(_mm256_movemask_epi8(found))));
}

bool JsonRepeat::read(std::string_view payload, Sample& sample) {
  const bool tried = !steps_.empty() && (failures_ < patience || failures_ % rarely == 0);
  if (tried && read_steps(payload, sample)) {
    failures_ = 0;
    return true;
  }
  ++failures_;
  return false;
}

bool JsonRepeat::read_steps(std::string_view payload, Sample& sample) const {
  const char* at = payload.data();
  const char* const end = at + payload.size();
  for (const auto& step : steps_) {
    if (!read_step(step, at, end, sample)) return false;
  }
  return std::string_view(at, end) == end_;
}

inline bool JsonRepeat::read_step(const Step& step, const char*& at, const char* end, Sample& sample) const {
  constexpr std::size_t near = Beginning::longest + 1;
  const std::size_t size = step.text.size();
  if (static_cast<std::size_t>(end - at) <= size || !step.beginning.begins(at)) return false;
  if (size > near && std::string_view(at, end).substr(near, size - near) != std::string_view(step.text).substr(near)) return false;
  at += size;
  if (*at == '"') {
    std::string_view text(at + 1, end);
    if (!cut_text(text) || !take(step, text, sample)) return false;
    at = text.data() + text.size() + 1;
    return true;
  }
  const std::string_view token(at, number_size(at));
  at += token.size();
  if (at >= end) return false;
  double value = 0;
  if (!short_json_number(token, value) && !long_json_number(token, value)) return false;
  if (step.role != FieldRole::feature) return take(step, token, value, sample);
  sample.values[step.first] = value;
  return true;
}

bool JsonRepeat::take(const Step& step, std::string_view token, double value, Sample& sample) {
  if (!step.wanted) return true;
  switch (step.role) {
    case FieldRole::label: sample.label = {Label::Kind::number, value, {}}; return true;
    case FieldRole::incumbent: sample.incumbent = {Label::Kind::number, value, {}}; return true;
    case FieldRole::weight: sample.weight = value; return true;
    case FieldRole::offset: sample.offset = value; return true;
    case FieldRole::id: sample.id = token; return true;
    case FieldRole::category: sample.categories[step.first] = token; return true;
    case FieldRole::time:
      if (!(std::abs(value) < 9e15)) return false;
      sample.time_ms = static_cast<std::int64_t>(value);
      return true;
    default: return false;
  }
}

bool JsonRepeat::take(const Step& step, std::string_view text, Sample& sample) const {
  if (!step.wanted) return true;
  switch (step.role) {
    case FieldRole::label: sample.label = {Label::Kind::text, 0, text}; return is_classification_;
    case FieldRole::incumbent: sample.incumbent = {Label::Kind::text, 0, text}; return is_classification_;
    case FieldRole::id: sample.id = text; return true;
    case FieldRole::category: sample.categories[step.first] = text; return !text.empty() && text.size() <= longest_category;
    case FieldRole::time: {
      const auto time = parse_rfc3339(text);
      sample.time_ms = time.value_or(0);
      return time.has_value();
    }
    default: return false;
  }
}

void JsonRepeat::learn(std::span<const std::size_t> order, std::string_view payload) {
  const bool known = std::ranges::equal(order, order_);
  if (known && std::ranges::find(relearned, failures_) == relearned.end()) return;
  if (!known && !std::ranges::equal(order, candidate_)) {
    candidate_.assign(order.begin(), order.end());
    return;
  }
  order_.assign(order.begin(), order.end());
  absent_.clear();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (std::ranges::find(order, i) == order.end()) absent_.push_back(i);
  }
  for (const char* const space : {"", " "}) {
    if (plan_steps(payload, space)) return;
  }
  steps_.clear();
}

// Each step as it is read. False: the record is not written so.
bool JsonRepeat::plan_steps(std::string_view payload, std::string_view space) {
  steps_.clear();
  Sample scratch;
  for (const auto& field : fields_) {
    scratch.values.resize(std::max(scratch.values.size(), field.first + field.count));
    scratch.categories.resize(scratch.values.size());
  }
  const char* at = payload.data();
  const char* const end = at + payload.size();
  std::string before = "{";
  for (const auto index : order_) {
    std::string_view name(at, end);
    if (!name.starts_with(before + '"')) return false;
    name.remove_prefix(before.size() + 1);
    if (!cut_text(name)) return false;
    const bool wanted = index != JsonKeys::none;
    if (wanted && name != fields_[index].name) return false;
    const PlannedField unwanted{"", FieldRole::id};
    const auto& field = wanted ? fields_[index] : unwanted;
    const bool is_array = field.role == FieldRole::feature_array;
    auto text = fmt::format("{}\"{}\":{}{}", before, name, space, is_array ? "[" : "");
    for (std::size_t i = 0; i < field.count; ++i) {
      steps_.push_back({std::move(text), is_array ? FieldRole::feature : field.role, field.first + i, wanted});
      if (!read_step(steps_.back(), at, end, scratch)) return false;
      text = fmt::format(",{}", space);
    }
    before = fmt::format("{},{}", is_array ? "]" : "", space);
    end_ = is_array ? "]}" : "}";
  }
  return std::string_view(at, end) == end_;
}

}  // namespace rekindle
