#include "app/decoded_cache.hpp"

#include <fmt/ranges.h>
#include <sys/stat.h>

#include "app/decode_ahead.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/version.hpp"
#include "base/hash.hpp"
#include "connectors/decode/decoded.hpp"
#include "connectors/file/decoded_file.hpp"

namespace rekindle {

namespace {

std::string path_of(const std::string& recording) { return recording + ".decoded"; }

// A file that was written again has another time, one that was replaced another number.
std::string stand_of(const std::string& path) {
  struct stat found = {};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return "none";
  return fmt::format("{} bytes, {}, {}.{:09}", found.st_size, found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

std::string text_of(const Schema& schema) {
  std::vector<std::string> missing;
  for (const auto& [field, policy] : schema.missing_of) missing.push_back(field + "=" + to_string(policy));
  return fmt::format("{} {} {} {} {} {}",
                     std::vector{to_string(schema.task), schema.label, schema.weight, schema.id, schema.time, schema.incumbent,
                                 schema.offset, to_string(schema.missing)},
                     schema.features, schema.classes, schema.max_classes, schema.categorical, missing);
}

std::string text_of(const SourceConfiguration& source) {
  const auto written_with = source.schema == nullptr ? std::string() : source.schema->text + source.schema->message;
  return fmt::format("{} {} {} {} {} {} {}",
                     std::vector{source.format, std::string(1, source.delimiter), source.labels_topic, written_with}, source.header,
                     source.max_record_bytes, source.control, source.label_may_be_absent, source.hash_bits, source.interactions);
}

std::string identity_of(const SourceConfiguration& source, const Session& session, const std::string& recording) {
  const auto& schema = session.spec().schema;
  const auto text = fmt::format("{} {}\n{}\n{}\n{}\n{}\n{}", version, commit, stand_of(recording), stand_of(labels_of(source, recording)),
                                text_of(schema), text_of(source), session.learner()->features());
  return hash128_hex(std::as_bytes(std::span(text)));
}

void add(const DecodedRecord& record, DecodedFileWriter& writer, std::string& form) {
  RawRecord out;
  out.topic = record.topic;
  out.partition = record.partition;
  out.offset = record.offset;
  form.clear();
  if (record.control) {
    out.control = *record.control;
    form = record.text;
  } else if (record.usable) {
    append_decoded(record.sample, record.is_label, form);
  } else {
    append_rejection(record.why, record.is_label, form);
  }
  out.payload = form;
  writer.add(out);
}

Status make_file(const SourceConfiguration& source, const Session& session, const std::string& recording, const std::string& identity) {
  auto writer = DecodedFileWriter::create(path_of(recording), identity);
  if (!writer) return tl::unexpected(writer.error());
  const auto records = make_recording(source, session.spec().schema, recording);
  if (auto status = records->open(Position()); !status) return status;
  const auto here = session.another_decoder();
  const auto beside = session.another_decoder();
  DecodeAhead ahead(*records, *here, *beside);
  std::string form;
  while (stop_signal() == 0) {
    const auto& batch = ahead.next();
    if (!batch.status) return batch.status;
    for (const auto& record : std::span(batch.records).first(batch.size)) add(record, **writer, form);
    if (auto status = (*writer)->end_block(); !status) return status;
    if (batch.at_end) return (*writer)->finish();
  }
  return fail(ErrorCode::interrupted, "interrupted while {} was made", path_of(recording));
}

}  // namespace

std::string no_decoded_cache(const SourceConfiguration& source, const std::string& recording) {
  if (recording == "-") return "standard input cannot be kept decoded";
  if (!source.registry.url.empty()) return "records of a schema registry are not kept decoded: what they mean is its answer";
  return "";
}

Result<std::unique_ptr<SampleSource>> open_decoded_cache(const SourceConfiguration& source, const Session& session,
                                                         const std::string& recording, std::uint64_t skip) {
  const auto identity = identity_of(source, session, recording);
  auto kept = open_decoded_file(path_of(recording), identity, skip);
  if (kept != nullptr) return kept;
  if (auto status = make_file(source, session, recording, identity); !status) return tl::unexpected(status.error());
  kept = open_decoded_file(path_of(recording), identity, skip);
  if (kept == nullptr) return fail(ErrorCode::io, "{}: cannot be read", path_of(recording));
  return kept;
}

}  // namespace rekindle
