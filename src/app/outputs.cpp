#include "app/outputs.hpp"

#include <utility>

#include "app/clock.hpp"
#include "app/sources.hpp"
#include "connectors/dead_letter.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {
// In `output_names`.
constexpr std::size_t to_predictions = 0;
constexpr std::size_t to_events = 1;
}  // namespace

Status Outputs::open(const Configuration& configuration) {
  if (exactly_once() || (!writes_predictions() && !writes_events() && !writes_models())) return {};
  auto sink = make_output_sink(configuration);
  if (!sink) return tl::unexpected(sink.error());
  sink_ = *std::move(sink);
  return {};
}

Status Outputs::send_prediction() { return send(to_predictions, {topics_.predictions, prediction_.key(), prediction_.value()}); }

// The key says what happened when: an event that comes twice after a crash has the same. What a crash does not bring again is told
// apart by its time.
Status Outputs::send_event(std::string_view type, const boost::json::object& fields) {
  const auto now_ms = wall_ms();
  boost::json::object value = {{"type", type}, {"time_ms", now_ms}, {"group", group_}};
  for (const auto& [name, field] : fields) value[name == "time_ms" ? "event_time_ms" : name] = field;
  const auto* sample = fields.if_contains("sample");
  const bool comes_again = sample != nullptr && type != "command";
  const auto* task = fields.if_contains("task");  // In a group each has samples of its own.
  const auto where = task == nullptr ? group_ : fmt::format("{}/{}", group_, std::string(task->as_string()));
  auto key = fmt::format("{}/{}/{}", where, type, comes_again ? json_text(*sample) : fmt::format("at {}", now_ms));
  // A command that came with the stream comes again with it.
  if (type == "command" && fields.contains("offset"))
    key = fmt::format("{}/command/{}/{}/{}", group_, fields.at("topic").as_string().c_str(), json_text(fields.at("partition")),
                      json_text(fields.at("offset")));
  return send(to_events, {topics_.events, key, json_text(value)});
}

Status Outputs::send_model(const OutputBatch& pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto record = pieces.record(i);
    if (!sink_) batch_.add(record);
    if (!sink_) continue;
    if (auto status = sink_->send(record); !status) return status;
  }
  return {};
}

Status Outputs::send(std::size_t output, const OutputRecord& record) {
  const auto status = sink_ ? sink_->send(record) : Status();
  if (!status) {
    ++status_.errors[output];
    return status;
  }
  if (!sink_) batch_.add(record);
  ++status_.records[output];
  status_.bytes[output] += record.key.value_or("").size() + record.value.value_or("").size();
  return {};
}

void Outputs::report(OutputStatus& out) const {
  out = status_;
  if (!sink_) return;
  out.errors[to_predictions] += sink_->failures(topics_.predictions);
  out.errors[to_events] += sink_->failures(topics_.events);
}

namespace {

class BatchedLetters final : public DeadLetterSink {
 public:
  BatchedLetters(OutputBatch& batch, std::string topic) : batch_(batch), topic_(std::move(topic)) {}
  Status send(const RawRecord& record, std::span<const RecordHeader> headers, const Rejection& rejection) override {
    const auto all = dead_letter_headers(record, headers, rejection);
    const auto key = record.key.data() == nullptr ? std::nullopt : std::optional(record.key);
    batch_.add({topic_, key, record.tombstone ? std::nullopt : std::optional(record.payload), all});
    return {};
  }
  bool flush(std::chrono::milliseconds /*patience*/) override { return true; }

 private:
  OutputBatch& batch_;
  std::string topic_;
};

}  // namespace

std::unique_ptr<DeadLetterSink> make_batched_letters(OutputBatch& batch, const Configuration& configuration) {
  if (configuration.source.on_error != OnError::dead_letter) return nullptr;
  return std::make_unique<BatchedLetters>(batch, configuration.dead_letter_topic);
}

}  // namespace rekindle
