// Portfolio: several members of different rates as one. Nothing has to be tuned: whoever predicts best counts most.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/status.hpp"
#include "learner/member.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// Linear models: two members whose step sizes are learned for each weight (IDBD, from 0.01 and 0.1), RMSProp of 0.04, and the anchor:
// Adagrad of 0.15, whose falling step sizes are a schedule that a drift restarts. Budget lite: IDBD from 0.1, and the anchor.
// Networks: IDBD from 0.005, 0.03 and 0.2, the anchor of 0.1; lite: IDBD from 0.03, and the anchor.
//
// Mixing is Bayes with a fixed share (Herbster and Warmuth 1998): w_k times max(p_k(y), 1e-4), normalised, then
// (1 - a) w_k + a / K, a = 3e-4 (networks 1e-3). For regression p_k is exp(-loss_k / (2 s)), with s the least faded loss among the members:
// for squared loss that is a Gaussian of the best member's variance. Classes are mixed by probability, values by raw score. Measured by
// `./dev bench policy` (docs/policy.md): better than the best optimizer and constant rate of each stream in hindsight.
class Portfolio final : public Member {
 public:
  Portfolio(const LearnerSpec& spec, std::size_t features, std::size_t classes);

  void expect(std::span<const SparseEntry> next) const override {
    for (const auto& one : members_) one.member->expect(next);
  }
  void predict(const Features& x, Prediction& out) override;
  [[nodiscard]] double evaluate(double target) override;
  Lesson learn(const Features& x, double target, double weight, const StepClock& now) override;
  [[nodiscard]] std::uint64_t in_batch() const override { return anchor().in_batch(); }
  void join_batch(std::uint64_t learned) override {
    for (auto& one : members_) one.member->join_batch(learned);
  }

  // The anchor's: its rate over the root of one plus the mean of its accumulators, so the step that a gradient of 1 would take.
  [[nodiscard]] double rate(const StepClock& now) const override;
  [[nodiscard]] const RateControl& rate_control() const override { return anchor().rate_control(); }
  [[nodiscard]] const Controls& controls() const override { return anchor().controls(); }
  [[nodiscard]] std::vector<LayerStatus> layers(const StepClock& now) const override { return anchor().layers(now); }
  void begin(const StepClock& now) override;
  // The anchor's accumulators are its schedule: they are dropped.
  void restart(const StepClock& now, double warmup_updates) override;
  bool bump(const StepClock& now, double factor, double max_lr, double stretch) override {
    return anchor().bump(now, factor, max_lr, stretch);
  }
  void cycle(const StepClock& now, double factor, double period) override { anchor().cycle(now, factor, period); }
  void end_cycle() override { anchor().end_cycle(); }
  void pin(std::optional<double> lr) override { anchor().pin(lr); }
  void forget(double fraction) override;
  void grow_classes(std::size_t classes) override;
  void remap_features(const IndexMap& from) override;
  // Of the member that counts most.
  [[nodiscard]] std::vector<NamedTensor> tensors() const override { return members_[best()].member->tensors(); }
  [[nodiscard]] std::span<const double> scores() const override { return scores_; }
  [[nodiscard]] std::size_t parameters() const override { return anchor().parameters(); }
  [[nodiscard]] double rate_factor() const override { return 1; }
  void append_weights(std::vector<double>& to) const override {
    for (const auto& one : members_) one.member->append_weights(to);
  }
  void take_weights(std::span<const double>& from) override {
    for (const auto& one : members_) one.member->take_weights(from);
  }

  // A drift: the anchor takes the weights of the member that counts most, with no accumulators; of the others the one with the
  // largest faded loss starts anew; all count alike.
  void renew(const StepClock& now);

  // The name, the rate of the next update (of IDBD the mean over the weights) and the weight in the mixture.
  [[nodiscard]] std::vector<MemberStatus> report(const StepClock& now) const;

  void save_model(ByteWriter& out) const override;
  void load_model(ByteReader& in) override;
  void save_optimizer(ByteWriter& out) const override;
  void load_optimizer(ByteReader& in) override;
  void save_rate(ByteWriter& out) const override;
  void load_rate(ByteReader& in, const StepClock& now) override;
  void save_controls(ByteWriter& out) const override;
  void load_controls(ByteReader& in, bool same_shape) override;

  // The model section of a portfolio for a single learner, and the other way round, where the configuration changed the mode.
  [[nodiscard]] static std::vector<std::byte> best_model(std::span<const std::byte> section);
  void load_single_model(std::span<const std::byte> model);

 private:
  struct Part {
    std::string name;
    MemberSpec spec;
    std::unique_ptr<Member> member;
    Prediction prediction;
    double weight = 0;
    double loss = 0;  // Faded.
  };
  void add(std::string name, const OptimizerRow& optimizer, double lr);
  [[nodiscard]] std::unique_ptr<Member> make(const MemberSpec& spec) const;
  [[nodiscard]] Member& anchor() { return *members_.back().member; }
  [[nodiscard]] const Member& anchor() const { return *members_.back().member; }
  [[nodiscard]] std::size_t best() const;
  [[nodiscard]] std::size_t worst_but(std::size_t best) const;
  void mix(Prediction& out);
  void mix_scores(Prediction& out);
  void count(double target);
  [[nodiscard]] double regression_scale(double target);
  [[nodiscard]] double likelihood(std::size_t k, double target, double scale) const;
  void count_all_alike();

  LearnerSpec spec_;
  std::size_t features_;
  std::size_t classes_;
  std::unique_ptr<const Loss> loss_;
  std::vector<Part> members_;  // The anchor last.
  double share_ = 0;           // Of the mixture's weight that is dealt out alike, a sample.
  double anchor_energy_ = 0;   // Sum of the anchor's squared gradients since it was restarted.
  std::uint64_t renewals_ = 0;
  std::optional<std::size_t> fresh_;  // The member that is new since the sample at hand was predicted.
  // Buffers, not state.
  std::vector<double> scores_;  // Of the mixture.
  std::vector<double> slopes_;
  std::vector<double> losses_;
};

}  // namespace rekindle
