// Parts for the group's tests: a replica that is a number, a rate that falls by the step, messages in a few words.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cluster/leader.hpp"
#include "cluster/worker.hpp"

namespace rekindle::cluster::test {

// "Learns" by adding 1 to its only weight.
class CountingReplica final : public Replica {
 public:
  void learn(Worker& worker) {
    weight += 1;
    ++clock_.updates;
    ++clock_.samples;
    ++errors_.count;
    worker.learned();
  }
  void learn(Worker& worker, std::uint64_t samples, double error) {
    for (std::uint64_t i = 0; i < samples; ++i) {
      errors_.errors += error;
      learn(worker);
    }
  }

  [[nodiscard]] CommonState common() const override { return {{weight}, {}}; }
  [[nodiscard]] bool adopt(const CommonState& common) override {
    weight = common.weights[0];
    return true;
  }
  [[nodiscard]] bool at_batch_boundary() const override { return boundary; }
  void set_rate(double lr) override { rate = lr; }
  void carry_out(bool restart, double forget) override {
    done.push_back((restart ? "restart " : "") + std::to_string(forget).substr(0, 3));
  }
  [[nodiscard]] GroupClock clock() const override { return clock_; }
  [[nodiscard]] ErrorSums errors() const override { return errors_; }
  [[nodiscard]] std::uint64_t divergences() const override { return 0; }

  double weight = 0;
  double rate = 0;
  bool boundary = true;
  std::vector<std::string> done;

 private:
  GroupClock clock_;
  ErrorSums errors_;
};

// 1 / (1 + steps since the restart) times what was done to it.
class FallingRate final : public GroupRate {
 public:
  [[nodiscard]] double rate(const GroupClock& now) const override {
    if (pinned_) return *pinned_;
    return factor_ * scale_ / (1 + static_cast<double>(now.updates) - origin_);
  }
  void set_scale(double scale) override { scale_ = scale; }
  void restart(const GroupClock& now, double /*warmup_updates*/) override {
    origin_ = static_cast<double>(now.updates);
    factor_ = 1;
  }
  [[nodiscard]] bool bump(const GroupClock& /*now*/, double factor, double /*stretch*/) override {
    factor_ *= factor;
    return factor > 1;
  }
  void cut() override { factor_ /= 2; }
  void pin(std::optional<double> lr) override { pinned_ = lr; }
  void observe_loss(double /*loss*/, std::uint64_t /*samples*/) override {}
  void save(ByteWriter& out) const override {
    out.put(origin_);
    out.put(factor_);
    out.put(pinned_.value_or(-1));
  }
  void load(ByteReader& in, const GroupClock& /*now*/) override {
    in.get_into(origin_);
    in.get_into(factor_);
    const auto pinned = in.get<double>();
    pinned_ = pinned < 0 ? std::nullopt : std::optional(pinned);
  }

 private:
  double origin_ = 0;
  double factor_ = 1;
  double scale_ = 1;
  std::optional<double> pinned_;
};

// Tells what is done to it.
class TellingRate final : public GroupRate {
 public:
  explicit TellingRate(std::vector<std::string>& told) : told_(told) {}
  [[nodiscard]] double rate(const GroupClock& /*now*/) const override { return 1; }
  void set_scale(double /*scale*/) override {}
  void restart(const GroupClock& /*now*/, double warmup_updates) override {
    told_.push_back(fmt::format("restart, warm-up {}", warmup_updates));
  }
  [[nodiscard]] bool bump(const GroupClock& /*now*/, double factor, double stretch) override {
    told_.push_back(fmt::format("bump {}, stretch {}", factor, stretch));
    return factor > 1;
  }
  void cut() override { told_.emplace_back("cut"); }
  void pin(std::optional<double> /*lr*/) override {}
  void observe_loss(double loss, std::uint64_t samples) override { told_.push_back(fmt::format("loss {} of {}", loss, samples)); }
  void save(ByteWriter& /*out*/) const override {}
  void load(ByteReader& /*in*/, const GroupClock& /*now*/) override {}

 private:
  std::vector<std::string>& told_;
};

// Rounds of the same length, and the plain mean: what goes beyond that has tests of its own.
[[nodiscard]] inline LeaderSettings settings() {
  LeaderSettings out;
  out.sync_samples = 10;
  out.hurries = false;
  out.parts = 0;
  return out;
}

[[nodiscard]] inline std::vector<WorkerId> ids(std::size_t workers) {
  std::vector<WorkerId> out;
  for (WorkerId k = 0; k < workers; ++k) out.push_back(k);
  return out;
}

[[nodiscard]] inline Leader leader_of(std::size_t workers, LeaderSettings with = settings()) {
  return {std::move(with), std::make_unique<FallingRate>(), {{0}, {}}, ids(workers)};
}

[[nodiscard]] inline Leader telling_leader_of(std::size_t workers, std::vector<std::string>& told, LeaderSettings with = settings()) {
  return {std::move(with), std::make_unique<TellingRate>(told), {{0}, {}}, ids(workers)};
}

struct Told {
  WorkerId worker = 0;
  std::uint64_t sequence = 1;
  std::uint64_t base = 0;
  std::uint64_t samples = 10;
  double change = 0;
  std::uint64_t progress = 10;
};

[[nodiscard]] inline Publication publication(const Told& told) {
  Publication out;
  out.worker = told.worker;
  out.sequence = told.sequence;
  out.base = told.base;
  out.samples = out.fresh = told.samples;
  out.progress = {told.progress, told.progress, 0};
  out.change = {{told.change}, {}};
  return out;
}

// Each of the workers publishes once, which ends the round; `progress`: what each has learned by then.
inline void publish_all(Leader& leader, std::size_t workers, std::uint64_t progress) {
  const auto version = leader.model().version;
  for (const auto worker : ids(workers))
    leader.hear(publication({.worker = worker, .sequence = version + 1, .base = version, .progress = progress}));
}

// The newest model and round among messages.
template <class Kind>
[[nodiscard]] std::optional<Kind> newest(const std::vector<Message>& messages) {
  std::optional<Kind> out;
  for (const auto& message : messages) {
    if (const auto* one = std::get_if<Kind>(&message)) out = *one;
  }
  return out;
}

}  // namespace rekindle::cluster::test
