// Forgetting: what the learner still knows of the time before a drift, measured by the loss on samples kept from then.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "learner/member.hpp"

namespace rekindle {

// A uniform sample of what came since the last drift (Li 1994, algorithm L: nothing is drawn for what is passed over), kept as
// the model saw it: 512 of them, of wide ones fewer, 128 KiB at most. With the next drift it becomes what may be forgotten.
// The few samples between a drift and its alarm are among them.
//
// The loss on them is taken 1,000 labelled samples after the drift was seen and every 10,000 after it, so that incidents can
// be compared; that costs less than 2 % of the learning. It measures and never acts.
class Forgetting {
 public:
  static constexpr std::size_t most = 512;

  explicit Forgetting(std::uint64_t seed) : random_(seed ^ 0x666f7267657420U) {}

  // A labelled sample.
  void observe(const Features& x, double target, bool twofold);
  void drifted();

  [[nodiscard]] bool due() const { return since_ && (*since_ == first || (*since_ != 0 && *since_ % period == 0)) && !measured_; }
  // The mean loss of `served`, whose last prediction is lost. Nothing: it knows of no time before.
  std::optional<double> measure(Member& served);
  [[nodiscard]] std::optional<double> loss() const { return loss_; }

  // The features are others.
  void clear();
  void save(ByteWriter& out, bool twofold) const;
  // `dense`: how many dense features a sample has.
  void load(ByteReader& in, bool twofold, std::size_t dense);

 private:
  static constexpr std::uint64_t first = 1000;
  static constexpr std::uint64_t period = 10'000;

  struct Kept {
    Features x;
    double target = 0;
  };
  // The samples beyond `size` are memory to use again.
  struct Reservoir {
    std::vector<Kept> samples;
    std::size_t size = 0;
  };
  void skip();

  Reservoir before_;
  Reservoir gathering_;
  std::size_t capacity_ = most;
  std::uint64_t seen_ = 0;              // Since the last drift.
  std::uint64_t next_ = 0;              // The sample that is taken next, once the reservoir is full.
  double largest_ = 1;                  // Algorithm L's W.
  std::optional<std::uint64_t> since_;  // Labelled samples since the last drift.
  bool measured_ = false;               // At this very sample.
  std::optional<double> loss_;
  Random random_;
  Prediction scratch_;  // Buffer.
};

}  // namespace rekindle
