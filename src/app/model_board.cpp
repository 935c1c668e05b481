#include "app/model_board.hpp"

#include <algorithm>

#include "app/histogram.hpp"
#include "app/strong_inputs.hpp"
#include "connectors/decode/json.hpp"

namespace rekindle {

namespace {

constexpr double copy_every = 0.1;
constexpr std::int64_t recent_seconds = 10;
constexpr std::size_t most_inputs = 12;
constexpr std::size_t most_parameters_to_look_at = 100'000;  // A millisecond for each /status.

// What is asked for has features and nothing else: whatever else the record names is passed over.
Schema features_only(Schema schema) {
  schema.label.clear();
  schema.weight.clear();
  schema.id.clear();
  schema.time.clear();
  return schema;
}

// Not by address: another may come to lie where one has gone.
bool same_owner(const std::weak_ptr<FrozenModel>& one, const std::shared_ptr<FrozenModel>& other) {
  return !one.owner_before(other) && !other.owner_before(one);
}

std::int64_t whole_seconds(SteadyTime time) { return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(); }

}  // namespace

ModelBoard::ModelBoard(Schema schema, DecoderOptions options)
    : schema_(std::make_shared<const Schema>(features_only(std::move(schema)))),
      options_(options),
      durations_(empty_histogram({sample_duration_bounds.begin(), sample_duration_bounds.end()})) {}

void ModelBoard::offer(const ModelStamp& now) {
  if (copied_from_ == now) return;
  const auto start = steady_now();
  const bool asked = whole_seconds(start) - asked_seconds_.load(std::memory_order_relaxed) <= recent_seconds;
  const double rest = std::max(copy_every, copy_seconds_ * (asked ? 20 : 100));
  if (copied_from_.learner == now.learner && std::chrono::duration<double>(start - copied_).count() < rest) return;
  std::shared_ptr<FrozenModel> model = freeze(*now.learner);
  copied_from_ = now;
  copy_seconds_ = seconds_since(start);
  copied_ = start;
  Served served{std::move(model), schema_};
  const std::lock_guard lock(mutex_);
  std::swap(newest_, served);
}

void ModelBoard::put(std::shared_ptr<FrozenModel> model, Schema schema) {
  Served served{std::move(model), std::make_shared<const Schema>(features_only(std::move(schema)))};
  const std::lock_guard lock(mutex_);
  std::swap(newest_, served);
}

ModelBoard::Served ModelBoard::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

// Looks at a copy, so the learner does not wait.
std::vector<InputWeight> ModelBoard::strongest() const {
  const auto model = newest().model;
  if (model == nullptr || model->member().parameters() > most_parameters_to_look_at) return {};
  return strong_inputs(model->member().tensors(), model->inputs(), most_inputs).top;
}

Result<ServedPrediction> ModelBoard::predict(std::string_view json) const {
  const auto start = steady_now();
  asked_seconds_.store(whole_seconds(start), std::memory_order_relaxed);
  const auto newest = this->newest();
  if (newest.model == nullptr) return fail(ErrorCode::unavailable, "there is no model yet: nothing has been learned");
  const std::lock_guard lock(serving_);
  auto served = answer(newest, json);
  observe(durations_, seconds_since(start));
  return served;
}

// The layout changes with the configuration only, and is compared once a model.
void ModelBoard::use(const Served& served) const {
  if (decodes_ == served.schema && same_owner(fits_, served.model)) return;
  fits_ = served.model;
  if (decodes_ == served.schema && layout_ == served.model->features()) return;
  layout_ = served.model->features();
  decodes_ = served.schema;
  decoder_ = make_json_decoder(*decodes_, options_);
  decoder_->set_layout(layout_);
}

Result<ServedPrediction> ModelBoard::answer(const Served& from, std::string_view json) const {
  use(from);
  auto& model = *from.model;
  padded_.assign(json);
  padded_.append(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded_).substr(0, json.size());
  Rejection why;
  if (!decoder_->decode(record, sample_, why)) return fail(ErrorCode::data, "{}: {}", to_string(why.reason), why.detail);
  ServedPrediction served;
  served.model_version = model.version();
  model.predict(sample_, served.prediction);
  if (from.schema->task == Task::regression) return served;
  served.classes = {from.model, &model.classes()};
  const auto index = static_cast<std::size_t>(served.prediction.value);
  served.class_name = index < model.classes().size() ? model.classes()[index] : fmt::format("{}", index);
  return served;
}

HistogramData ModelBoard::durations() const {
  const std::lock_guard lock(serving_);
  return durations_;
}

}  // namespace rekindle
