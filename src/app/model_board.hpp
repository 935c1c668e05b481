// ModelBoard: where the learner thread leaves a copy of its model now and then, and `/predict` asks it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/clock.hpp"
#include "app/model_stamp.hpp"
#include "connectors/decode/decoder.hpp"
#include "data/predictor.hpp"
#include "data/status.hpp"
#include "learner/frozen_model.hpp"
#include "learner/learner.hpp"

namespace rekindle {

class ModelBoard final : public Predictor {
 public:
  ModelBoard(Schema schema, DecoderOptions options);

  // Learner thread: copies the model where the copy is older than a tenth of a second and of another model. Copying takes
  // at most 5 % of its time while predictions are asked for, 1 % else: a large model is copied less often.
  void offer(const ModelStamp& now);
  // Instead of that: a model that comes from elsewhere, for records by a schema that comes with it. Whoever predicts has the one before
  // or this one, never something of both.
  void put(std::shared_ptr<FrozenModel> model, Schema schema);

  [[nodiscard]] Result<ServedPrediction> predict(std::string_view json) const override;
  [[nodiscard]] std::vector<InputWeight> strongest() const override;
  [[nodiscard]] HistogramData durations() const;

 private:
  struct Served {
    std::shared_ptr<FrozenModel> model;
    std::shared_ptr<const Schema> schema;
  };
  [[nodiscard]] Served newest() const;
  void use(const Served& served) const;
  [[nodiscard]] Result<ServedPrediction> answer(const Served& served, std::string_view json) const;

  std::shared_ptr<const Schema> schema_;
  DecoderOptions options_;

  // The learner thread's.
  SteadyTime copied_;
  double copy_seconds_ = 0;
  ModelStamp copied_from_;

  mutable std::mutex mutex_;  // Of the pointers alone; held for a copy of them.
  Served newest_;
  mutable std::atomic<std::int64_t> asked_seconds_{0};

  mutable std::mutex serving_;  // Of all below, and of the model's own buffers.
  mutable std::unique_ptr<Decoder> decoder_;
  mutable std::vector<std::string> layout_;
  mutable std::weak_ptr<FrozenModel> fits_;  // The last whose features were compared with the layout.
  mutable std::shared_ptr<const Schema> decodes_;
  mutable std::string padded_;
  mutable Sample sample_;
  mutable HistogramData durations_;
};

}  // namespace rekindle
