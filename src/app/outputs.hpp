// Outputs: what the daemon writes to topics besides dead letters: a record for each prediction, and one for each event.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "app/configuration.hpp"
#include "app/prediction_record.hpp"
#include "connectors/sink.hpp"
#include "data/status.hpp"

namespace rekindle {

// `batch`: with delivery = "exactly_once" everything waits there for the next checkpoint, and is published with it. Otherwise it is
// sent at once.
class Outputs {
 public:
  explicit Outputs(const Configuration& configuration) : topics_(configuration.output), group_(configuration.kafka.group) {}

  // Connects, where something is to be written and nothing waits for checkpoints.
  [[nodiscard]] Status open(const Configuration& configuration);
  void close() { sink_.reset(); }

  [[nodiscard]] bool writes_predictions() const { return !topics_.predictions.empty(); }
  [[nodiscard]] bool writes_events() const { return !topics_.events.empty(); }
  [[nodiscard]] bool writes_models() const { return !topics_.model.topic.empty(); }
  [[nodiscard]] bool exactly_once() const { return topics_.exactly_once; }

  // Around the taking of a sample.
  void before_sample(const Learner* learner) { prediction_.begin(learner); }
  void after_sample(const RawRecord& record, std::string_view id, const Learner& learner) { prediction_.finish(record, id, learner); }

  // ErrorCode::unavailable: try again.
  [[nodiscard]] Status send_prediction();
  [[nodiscard]] Status send_event(std::string_view type, const boost::json::object& fields);
  // The pieces of a model, for its topic. The first time, or after ErrorCode::unavailable, from the first piece again.
  [[nodiscard]] Status send_model(const OutputBatch& pieces);
  // All that was sent has been acknowledged.
  [[nodiscard]] bool flush(std::chrono::milliseconds patience) { return sink_ == nullptr || sink_->flush(patience); }

  [[nodiscard]] std::string problem() const { return sink_ == nullptr ? "" : sink_->problem(); }
  // Records, bytes and failures of predictions and events.
  void report(OutputStatus& out) const;

  [[nodiscard]] OutputBatch& batch() { return batch_; }
  [[nodiscard]] bool waiting() const { return !batch_.empty(); }  // Something is in the batch.
  [[nodiscard]] bool crowded() const { return batch_.bytes() >= most_bytes; }
  [[nodiscard]] OutputBatch take_batch() { return std::exchange(batch_, OutputBatch()); }

 private:
  [[nodiscard]] Status send(std::size_t output, const OutputRecord& record);

  static constexpr std::size_t most_bytes = std::size_t{64} << 20;

  OutputConfiguration topics_;
  std::string group_;
  PredictionRecord prediction_;
  std::unique_ptr<OutputSink> sink_;
  OutputBatch batch_;
  OutputStatus status_;
};

// Dead letters that wait in the batch too. Null where there are none, as with `make_dead_letters`.
[[nodiscard]] std::unique_ptr<DeadLetterSink> make_batched_letters(OutputBatch& batch, const Configuration& configuration);

}  // namespace rekindle
