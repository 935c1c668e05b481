// Survey of VW and LibSVM records, by the decoder that will read them.
#include <algorithm>
#include <unordered_set>

#include "app/survey.hpp"
#include "connectors/decode/registry.hpp"
#include "data/hashing.hpp"

namespace rekindle {

namespace {

void add_label(const Label& label, FieldSurvey& out) {
  if (label.kind == Label::Kind::number) out.add_number(label.number);
  if (label.kind == Label::Kind::text) out.add_text(label.text);
}

}  // namespace

Result<Survey> survey_sparse_records(std::span<const std::string> lines, const RecordForm& form) {
  Survey survey;
  survey.form = form;
  survey.sparse.emplace();
  auto& label = survey.fields.emplace_back(sparse_label);
  Schema schema;
  schema.task = Task::multiclass;  // Takes any label.
  schema.label = sparse_label;
  DecoderOptions options;
  options.hash_bits = most_hash_bits;  // Two features are hardly ever taken for one.
  const auto decoder = find_row(formats(), form.format)->make(schema, options);
  std::unordered_set<std::uint32_t> features;
  std::string padded;
  Sample sample;
  Rejection why;
  for (const auto& line : lines) {
    ++survey.records;
    padded.assign(line).append(payload_padding, '\0');
    RawRecord record;
    record.payload = std::string_view(padded).substr(0, line.size());
    if (!decoder->decode(record, sample, why)) {
      if (survey.unusable++ == 0) survey.problem = why.detail;
      continue;
    }
    add_label(sample.label, label);
    survey.sparse->weights = survey.sparse->weights || sample.weight != 1;
    survey.sparse->ids = survey.sparse->ids || !sample.id.empty();
    for (const auto& entry : sample.sparse) features.insert(entry.index);
    if (!sample.sparse.empty()) survey.sparse->highest = std::max(survey.sparse->highest, sample.sparse.back().index);
  }
  survey.sparse->features = features.size();
  if (survey.records == survey.unusable) return fail(ErrorCode::data, "no record can be read; the first: {}", survey.problem);
  return survey;
}

}  // namespace rekindle
