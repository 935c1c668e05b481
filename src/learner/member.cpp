#include "learner/member.hpp"

#include <algorithm>
#include <cmath>

#include "learner/controls.hpp"
#include "learner/ignorant_loss.hpp"
#include "learner/layer_rates.hpp"
#include "learner/layer_statuses.hpp"
#include "learner/loss_scale.hpp"
#include "learner/prefetch.hpp"
#include "learner/undo.hpp"

namespace rekindle {

namespace {

constexpr std::uint64_t hold_updates = 1000;  // After the third divergence in a row.

std::size_t outputs_of(Task task, std::size_t classes) { return task == Task::multiclass ? std::max<std::size_t>(1, classes) : 1; }

template <class Real>
class TypedMember final : public Member {
 public:
  TypedMember(const MemberSpec& spec, Task task, const InputShape& inputs, std::size_t classes, std::uint64_t batch_size)
      : task_(task),
        batch_size_(batch_size),
        loss_(spec.loss.row->make.make(spec.loss.parameters)),
        model_(make_model<Real>(spec.model, inputs, outputs_of(task, classes))),
        optimizer_name_(spec.optimizer.row->name),
        optimizer_(spec.optimizer.row->make.template make<Real>(spec.optimizer.parameters, block_sizes())),
        rate_(spec.schedule),
        moves_momentum_(optimizer_->has_momentum() && (rate_.has_momentum() || spec.controls.cooldown.steps != 0)),
        layer_rates_(spec),
        controls_spec_(spec.controls),
        controls_(spec.controls, spec.schedule, optimizer_->has_momentum()),
        scaled_(spec.model.rounding != Rounding::none),
        layer_names_(layer_names(spec.model)) {
    if (spec.initial) {
      for (const auto& tensor : *spec.initial) (void)model_->assign(tensor);  // `check_model` has seen them.
    }
    resize_scores(outputs_of(task, classes));
    sparse_ = sparse_part(*model_, *optimizer_);
  }

  void expect(std::span<const SparseEntry> next) const override {
    if (sparse_.is_far && !next.empty()) prefetch(sparse_, blocks(), *optimizer_, next);
  }

  void predict(const Features& x, Prediction& out) override {
    evaluated_target_.reset();
    const auto input = x.input<Real>();
    if (!input.index.empty() && input.index.back() >= sparse_.coordinates) grow_sparse(input.index.back() + std::size_t{1});
    take_scores(model_->forward(input), x.offset, scores_);
    const std::size_t classes = task_ == Task::regression ? 0 : (task_ == Task::binary ? 2 : scores_.size());
    out.probabilities.resize(classes);
    shared_ = loss_->predict_first(scores_, out);
  }

  [[nodiscard]] double evaluate(double target) override {
    if (evaluated_target_ == target) return evaluated_loss_;
    evaluated_loss_ = shared_ ? loss_->evaluate_after(*shared_, scores_, target, slopes_) : loss_->evaluate(scores_, target, slopes_);
    evaluated_target_ = target;
    return evaluated_loss_;
  }

  Lesson learn(const Features& x, double target, double weight, const StepClock& now) override {
    Lesson lesson;
    if (model_->learns_from_another_forward()) {
      take_scores(model_->forward_to_learn(x.input<Real>()), x.offset, learning_scores_);
      evaluated_target_.reset();
      lesson.loss = loss_->evaluate(learning_scores_, target, slopes_);
    } else {
      lesson.loss = evaluate(target);
    }
    watch(lesson.loss, target);
    // The batch's gradient is the sum of weight times gradient over the number of samples.
    const double share = of_batch(weight * (scaled_ ? loss_scale_.value() : 1));
    for (std::size_t k = 0; k < slopes_.size(); ++k) score_gradient_[k] = static_cast<Real>(share * slopes_[k]);
    if (batch_size_ == 1 && !scaled_) {
      model_->backward_to_step(x.input<Real>(), score_gradient_);
    } else {
      model_->backward(x.input<Real>(), score_gradient_, /*first=*/in_batch_ == 0);
    }
    lesson.rate = rate(now);
    if (++in_batch_ < batch_size_) return lesson;
    in_batch_ = 0;
    update(lesson, now);
    return lesson;
  }

  [[nodiscard]] std::uint64_t in_batch() const override { return in_batch_; }
  void join_batch(std::uint64_t learned) override { in_batch_ = learned; }

  [[nodiscard]] double rate(const StepClock& now) const override {
    return rate_.pinned() ? rate_.rate(now) : controls_.cooldown.rate(now.updates, rate_.rate(now));
  }
  [[nodiscard]] const RateControl& rate_control() const override { return rate_; }
  [[nodiscard]] const Controls& controls() const override { return controls_; }

  // Of the latest update: its gradient and the weights before it are still there, unless a batch has begun since.
  [[nodiscard]] std::vector<LayerStatus> layers(const StepClock& now) const override {
    double applied = rate(now);
    const auto blocks = blocks_to_learn(applied, now);
    return layer_statuses<Real>(blocks, undo_.weights(), /*has_gradient=*/in_batch_ == 0, applied, layer_names_);
  }

  void begin(const StepClock& now) override {
    rate_.begin(now);
    layer_rates_.begin(now);
  }
  void restart(const StepClock& now, double warmup_updates) override {
    rate_.restart(now, warmup_updates);
    layer_rates_.restart(now, warmup_updates);
    controls_.start_anew();
  }
  bool bump(const StepClock& now, double factor, double max_lr, double stretch) override {
    controls_.bump.start_anew();
    return raise(now, factor, max_lr, stretch);
  }
  void cycle(const StepClock& now, double factor, double period) override { rate_.cycle(now, factor, period); }
  void end_cycle() override { rate_.end_cycle(); }
  void pin(std::optional<double> lr) override { rate_.pin(lr); }
  void forget(double fraction) override { optimizer_->forget(fraction); }

  void grow_classes(std::size_t classes) override {
    if (task_ != Task::multiclass || classes <= scores_.size()) return;
    const auto maps = model_->grow_outputs(classes);
    for (std::size_t block = 0; block < maps.size(); ++block) {
      if (!maps[block].empty()) optimizer_->remap(block, maps[block]);
    }
    controls_.guard.drop_snapshot();
    resize_scores(classes);
  }

  void remap_features(const IndexMap& from) override {
    const auto maps = model_->remap_inputs(from);
    for (std::size_t block = 0; block < maps.size(); ++block) optimizer_->remap(block, maps[block]);
    in_batch_ = 0;
    controls_.guard.drop_snapshot();
  }

  [[nodiscard]] std::vector<NamedTensor> tensors() const override { return model_->tensors(); }
  [[nodiscard]] std::span<const double> scores() const override { return scores_; }
  [[nodiscard]] double rate_factor() const override { return optimizer_->rate_factor(); }
  [[nodiscard]] std::size_t parameters() const override {
    std::size_t count = 0;
    for (const auto& block : blocks()) count += block.weights.size();
    return count;
  }

  void append_weights(std::vector<double>& to) const override {
    for (const auto& block : blocks()) to.insert(to.end(), block.weights.begin(), block.weights.end());
  }
  void take_weights(std::span<const double>& from) override {
    for (const auto& block : model_->blocks()) {
      for (std::size_t i = 0; i < block.weights.size(); ++i) block.weights[i] = static_cast<Real>(from[i]);
      from = from.subspan(block.weights.size());
    }
    controls_.guard.drop_snapshot();
  }

  void save_model(ByteWriter& out) const override {
    out.put<std::uint64_t>(sizeof(Real));
    out.put<std::uint64_t>(scores_.size());
    model_->save(out);
    if (scaled_) loss_scale_.save(out);
    out.put(in_batch_);
    // A half-filled batch is part of the state; an empty one has no gradient worth keeping.
    if (in_batch_ != 0) model_->save_gradient(out);
  }

  void load_model(ByteReader& in) override {
    if (in.get<std::uint64_t>() != sizeof(Real)) return in.invalidate();
    const auto outputs = in.get<std::uint64_t>();
    if (outputs != scores_.size() && task_ != Task::multiclass) return in.invalidate();
    grow_classes(static_cast<std::size_t>(outputs));
    model_->load(in);
    if (scaled_) loss_scale_.load(in);
    for (std::size_t i = 0; i < model_->blocks().size(); ++i) {
      if (model_->blocks()[i].sparse) optimizer_->grow(i, model_->blocks()[i].weights.size());
    }
    sparse_ = sparse_part(*model_, *optimizer_);
    in.get_into(in_batch_);
    if (in_batch_ != 0) model_->load_gradient(in);
  }

  void save_optimizer(ByteWriter& out) const override {
    out.put_string(optimizer_name_);
    optimizer_->save(out);
  }

  void load_optimizer(ByteReader& in) override {
    if (in.get_string() == optimizer_name_) optimizer_->load(in);
  }

  void save_rate(ByteWriter& out) const override {
    rate_.save(out);
    layer_rates_.save(out);
  }
  void load_rate(ByteReader& in, const StepClock& now) override {
    rate_.load(in, now);
    layer_rates_.load(in, now);
  }
  void save_controls(ByteWriter& out) const override { controls_.save(out); }
  void load_controls(ByteReader& in, bool same_shape) override {
    controls_.load(in);
    if (!same_shape || !controls_spec_.guard.rollback) controls_.guard.drop_snapshot();
  }

 private:
  [[nodiscard]] std::span<const ParameterBlock<Real>> blocks() const { return const_cast<Model<Real>&>(*model_).blocks(); }
  std::vector<std::size_t> block_sizes() {
    std::vector<std::size_t> sizes;
    for (const auto& block : blocks()) sizes.push_back(block.weights.size());
    return sizes;
  }

  // Coordinates that come as the stream goes on; a hashed input has all of its own from the start.
  void grow_sparse(std::size_t coordinates) {
    if (coordinates <= model_->sparse_coordinates().value_or(coordinates)) return;
    const auto block = model_->grow_sparse(coordinates);
    optimizer_->grow(block, model_->blocks()[block].weights.size());
    sparse_ = sparse_part(*model_, *optimizer_);
    controls_.guard.drop_snapshot();
  }

  void resize_scores(std::size_t outputs) {
    evaluated_target_.reset();
    scores_.resize(outputs, 0);
    shared_.reset();
    learning_scores_.resize(outputs);
    slopes_.resize(outputs);
    score_gradient_.resize(outputs);
    ignorant_.resize(outputs);
  }

  static void take_scores(std::span<const Real> raw, double offset, std::vector<double>& scores) {
    for (std::size_t k = 0; k < raw.size(); ++k) scores[k] = static_cast<double>(raw[k]) + offset;
  }

  bool raise(const StepClock& now, double factor, double max_lr, double stretch) {
    layer_rates_.bump(now, factor, max_lr, stretch);
    return rate_.bump(now, factor, max_lr, stretch);
  }

  // The model's blocks with what `layer_rates_` says of each.
  std::span<const ParameterBlock<Real>> blocks_to_learn(double& rate, const StepClock& now) const {
    const auto blocks = this->blocks();
    if (layer_rates_.empty()) return blocks;
    blocks_.assign(blocks.begin(), blocks.end());
    rate = layer_rates_.set(std::span(blocks_), rate, now);
    return blocks_;
  }

  // Takes the loss scale out of the batch's gradient; a power of two leaves its bits.
  void unscale() {
    if (!scaled_) return;
    const auto factor = static_cast<Real>(1 / loss_scale_.value());
    for (const auto& block : model_->blocks()) {
      for (auto& g : block.gradient) g *= factor;
    }
  }

  // A division that nothing waits for where the batch is one sample.
  [[nodiscard]] double of_batch(double sum) const { return batch_size_ == 1 ? sum : sum / static_cast<double>(batch_size_); }

  void update(Lesson& lesson, const StepClock& now) {
    if (controls_.guard.snapshot_due(now.updates)) keep_state(now);
    step(lesson, now);
    const bool overflow = scaled_ && lesson.skipped;
    if (scaled_) overflow ? loss_scale_.overflowed() : loss_scale_.went_well();
    if (!overflow) guard(lesson, now);  // Too large a scale is no divergence.
    const double loss = of_batch(controls_.batch_loss);
    controls_.batch_loss = 0;
    if (!lesson.updated || lesson.diverged) return;
    // The step after this update is where a new rate begins.
    if (const double factor = controls_.reduction.observe(loss, batch_size_); factor != 1) {
      rate_.cut(factor);
      lesson.stood_still = true;
    }
    if (!controls_.bump.observe(loss)) return;
    const auto& bump = controls_spec_.plateau_bump;
    lesson.stood_still |= raise(now, bump.factor, bump.max_lr, bump.decay_stretch);
  }

  void step(Lesson& lesson, const StepClock& now) {
    unscale();
    const double rate = lesson.rate;
    double applied = rate;
    const auto blocks = blocks_to_learn(applied, now);
    lesson.skipped = !std::isfinite(lesson.loss) || !std::isfinite(rate);
    if (lesson.skipped) {
      lesson.gradient_norm = std::sqrt(write_and_square(blocks));
      return;
    }
    if (moves_momentum_) {
      auto cooldown = controls_.cooldown;
      cooldown.stepped(now.updates, rate);
      optimizer_->set_momentum(cooldown.momentum(now.updates, rate_.momentum(now)));
    }
    const auto report = optimizer_->step(blocks, applied, undo_.room(blocks));
    lesson.gradient_norm = std::sqrt(report.squared_norm);
    lesson.skipped = report.refused() || !report.finite;
    lesson.updated = !lesson.skipped;
    if (report.refused()) return;
    controls_.cooldown.stepped(now.updates, rate);
    if (report.finite) return;
    undo_.restore(blocks);
    optimizer_->forget(1);
  }

  // What the controls see of one labelled sample.
  void watch(double loss, double target) {
    if (task_ == Task::regression || controls_.guard.wants_ignorant_loss()) {
      const double ignorant = ignorant_.of(*loss_, task_, target);
      if (std::isfinite(ignorant)) controls_.guard.observe_ignorant(ignorant);
    }
    if (!std::isfinite(loss)) return;
    controls_.guard.observe(loss);
    controls_.batch_loss += loss;
  }

  void guard(Lesson& lesson, const StepClock& now) {
    auto& guard = controls_.guard;
    lesson.updated ? guard.updated(lesson.gradient_norm) : guard.skipped();
    if (!guard.suspects()) return;
    const double norm = weight_norm();
    if (!guard.has_diverged(norm)) return;
    lesson.diverged = true;
    rate_.cut(controls_spec_.guard.lr_factor);
    layer_rates_.cut(controls_spec_.guard.lr_factor);
    lesson.held = guard.diverged(now.updates, norm);
    if (lesson.held) {
      rate_.hold(now.updates + hold_updates);
      layer_rates_.hold(now.updates + hold_updates);
    }
    if (guard.snapshot().empty()) return;
    ByteReader in(guard.snapshot());
    load_model(in);
    load_optimizer(in);
    lesson.rolled_back = true;
  }

  void keep_state(const StepClock& now) {
    if (!controls_spec_.guard.rollback && !controls_.guard.norm_due(now.updates, parameters() * sizeof(Real))) return;
    auto& out = controls_.guard.begin_snapshot(now.updates, weight_norm());
    if (!controls_spec_.guard.rollback) return;
    save_model(out);
    save_optimizer(out);
  }

  double weight_norm() {
    double sum = 0;
    for (const auto& block : model_->blocks()) {
      const ParameterBlock<Real> weights{block.weights, block.weights};
      sum += squared_norm<Real>({&weights, 1});
    }
    return std::sqrt(sum);
  }

  Task task_;
  std::uint64_t batch_size_;
  std::unique_ptr<const Loss> loss_;
  std::unique_ptr<Model<Real>> model_;
  SparsePart sparse_;
  std::string optimizer_name_;
  OptimizerPointer<Real> optimizer_;
  RateControl rate_;
  bool moves_momentum_;  // Something may.
  LayerRates layer_rates_;
  ControlsSpec controls_spec_;
  Controls controls_;
  bool scaled_;
  LossScale loss_scale_;
  mutable std::vector<ParameterBlock<Real>> blocks_;  // Room for those that `layer_rates_` changes.
  std::uint64_t in_batch_ = 0;
  std::vector<double> scores_;
  std::vector<double> learning_scores_;  // Where the model learns from another forward.
  std::vector<double> slopes_;           // d loss / d score
  // What `evaluate` found for these scores: the learner asks before it learns.
  std::optional<double> evaluated_target_;
  double evaluated_loss_ = 0;
  std::optional<double> shared_;  // Of `scores_`, where `predict` has made them: Loss::predict_first. A new member learns without.
  IgnorantLoss ignorant_;
  std::vector<Real> score_gradient_;
  Undo<Real> undo_;
  std::vector<std::string> layer_names_;
};

}  // namespace

std::unique_ptr<Member> make_member(const MemberSpec& spec, Task task, const InputShape& inputs, std::size_t classes,
                                    std::uint64_t batch_size) {
  if (spec.precision == Precision::float64) return std::make_unique<TypedMember<double>>(spec, task, inputs, classes, batch_size);
  return std::make_unique<TypedMember<float>>(spec, task, inputs, classes, batch_size);
}

}  // namespace rekindle
