// Member: one model with its optimizer and its learning rate. A learner runs one, or several side by side.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/prediction.hpp"
#include "data/sample.hpp"
#include "data/status.hpp"
#include "learner/features.hpp"
#include "learner/rate_control.hpp"
#include "learner/spec.hpp"
#include "model/model.hpp"

namespace rekindle {

// What one labelled sample did.
struct Lesson {
  double loss = 0;
  double rate = 0;           // As it was before.
  double gradient_norm = 0;  // Of the batch, where an update was due; before clipping.
  bool updated = false;
  bool skipped = false;      // An update was due, but loss, gradient or new weights were not finite; nothing changed.
  bool stood_still = false;  // The loss did, so the rate was raised or lowered.
  bool diverged = false;     // The rate was cut.
  bool rolled_back = false;  // Diverged: weights and accumulators are those of the last good state.
  bool held = false;         // Diverged for the third time: no learning for a while.
};

struct Controls;

class Member {
 public:
  virtual ~Member() = default;

  // What the sample after this one will touch; asked for from memory, so that it is near by then. Nothing else changes.
  virtual void expect(std::span<const SparseEntry> next) const = 0;

  // Predicts and keeps what `learn` needs; `out.probabilities` is resized to the number of classes.
  virtual void predict(const Features& x, Prediction& out) = 0;

  // Loss of the last `predict` against `target`, nothing learned.
  [[nodiscard]] virtual double evaluate(double target) = 0;

  // Learns from the last `predict`. An update happens when the batch is full.
  virtual Lesson learn(const Features& x, double target, double weight, const StepClock& now) = 0;

  // Learned, and waiting for the rest of their batch.
  [[nodiscard]] virtual std::uint64_t in_batch() const = 0;
  // Of a new member beside others: takes its part in their batch, of which so many were learned without it.
  virtual void join_batch(std::uint64_t learned) = 0;

  [[nodiscard]] virtual double rate(const StepClock& now) const = 0;
  [[nodiscard]] virtual const RateControl& rate_control() const = 0;
  [[nodiscard]] virtual const Controls& controls() const = 0;
  [[nodiscard]] virtual std::vector<LayerStatus> layers(const StepClock& now) const = 0;
  virtual void begin(const StepClock& now) = 0;  // RateControl::begin
  virtual void restart(const StepClock& now, double warmup_updates) = 0;
  virtual bool bump(const StepClock& now, double factor, double max_lr, double stretch) = 0;  // RateControl::bump
  virtual void cycle(const StepClock& now, double factor, double period) = 0;                 // RateControl::cycle
  virtual void end_cycle() = 0;
  virtual void pin(std::optional<double> lr) = 0;  // RateControl::pin
  virtual void forget(double fraction) = 0;
  virtual void grow_classes(std::size_t classes) = 0;
  virtual void remap_features(const IndexMap& from) = 0;

  [[nodiscard]] virtual std::vector<NamedTensor> tensors() const = 0;
  [[nodiscard]] virtual std::span<const double> scores() const = 0;  // Raw, of the last `predict`.
  [[nodiscard]] virtual std::size_t parameters() const = 0;          // Number of weights.
  virtual void append_weights(std::vector<double>& to) const = 0;
  // The first `parameters()` of them, of all members where there are several; the rest is what is left.
  virtual void take_weights(std::span<const double>& from) = 0;
  [[nodiscard]] virtual double rate_factor() const = 0;  // Optimizer::rate_factor

  virtual void save_model(ByteWriter& out) const = 0;
  virtual void load_model(ByteReader& in) = 0;
  virtual void save_optimizer(ByteWriter& out) const = 0;
  virtual void load_optimizer(ByteReader& in) = 0;
  virtual void save_rate(ByteWriter& out) const = 0;
  virtual void load_rate(ByteReader& in, const StepClock& now) = 0;
  virtual void save_controls(ByteWriter& out) const = 0;
  // After the model and the optimizer. `same_shape`: neither is of another kind than when it was saved.
  virtual void load_controls(ByteReader& in, bool same_shape) = 0;
};

// `classes`: 0 for regression.
[[nodiscard]] std::unique_ptr<Member> make_member(const MemberSpec& spec, Task task, const InputShape& inputs, std::size_t classes,
                                                  std::uint64_t batch_size);

}  // namespace rekindle
