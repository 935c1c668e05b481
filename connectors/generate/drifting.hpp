// DriftingStream: a generator whose concept drifts on a plan, with wrong labels and absent values; the same seed gives the same
// samples for ever. Features, label noise, absent values and the balance of the classes each have random numbers of their own, so that the
// samples of a seed stay the same when noise is added.
#pragma once

#include <limits>

#include "connectors/generate/generator.hpp"

namespace rekindle {

enum class DriftPlan : std::uint8_t { none, abrupt, gradual, incremental, recurring };

inline constexpr std::int64_t longest_label_delay = 10'000'000;

struct StreamOptions {
  std::uint64_t seed = 42;
  double noise = 0;      // Share of labels replaced by another class.
  double missing = 0;    // Share of feature values absent.
  double imbalance = 0;  // Share of positives, labels with their noise; 0: as the generator draws them. Two classes only.
  DriftPlan drift = DriftPlan::none;
  std::uint64_t every = 10'000;                                      // Drifts are at this sample, at twice this, and so on.
  std::uint64_t width = 1000;                                        // Of gradual and incremental drift, in samples.
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();  // No drift at this sample or later.
};

// One drift, as it was planned: the truth to hold a detector against.
//   abrupt, recurring  `sample` is the first of the new concept
//   gradual            at `sample` half of the samples are of the new concept
//   incremental        `sample` is the first that is on its way, `width` samples later all of the way is gone
struct PlannedDrift {
  std::uint64_t sample = 0;
  std::string kind;
  std::uint64_t width = 0;         // 0: at once.
  std::uint64_t concept_then = 0;  // In force afterwards: the function or variant, else how many drifts there were.
};

struct StreamSample {
  std::vector<double> features;  // Not a number: absent.
  int label = 0;
};

class DriftingStream {
 public:
  // `choice` has passed `check_stream`.
  DriftingStream(const Choice<GeneratorRow>& choice, std::uint64_t length);
  DriftingStream(const GeneratorRow& row, const Parameters& parameters, const StreamOptions& options);

  [[nodiscard]] std::vector<std::string> columns() const { return generator_->columns(); }
  [[nodiscard]] int classes() const { return generator_->classes(); }
  // The next sample; it lives until the one after it.
  const StreamSample& next();
  // The drifts before sample `count`.
  [[nodiscard]] std::vector<PlannedDrift> drifts(std::uint64_t count) const;

 private:
  [[nodiscard]] std::uint64_t concept_after(std::uint64_t drifts) const;
  [[nodiscard]] bool is_new(std::uint64_t drift);
  void drift_to(std::uint64_t drifts);
  void move();
  void draw();
  void draw_balanced();

  StreamOptions options_;
  Random seeds_;  // Of the others; declared before them.
  GeneratorPointer generator_;
  Random noise_;
  Random missing_;
  Random drift_;
  Random balance_;
  StreamSample sample_;
  std::uint64_t index_ = 0;
  std::uint64_t last_drift_ = 0;      // Number of drifts before `length`.
  std::optional<std::uint64_t> now_;  // Drifts behind the concept that the generator has; nothing: between two.
};

// The parameters that every generator takes: seed, noise, drift, every, width, missing, imbalance, label_delay.
[[nodiscard]] std::span<const ParameterSpec> common_generator_parameters();

// A generator with its parameters, checked; the row is null when something is wrong.
[[nodiscard]] Choice<GeneratorRow> check_stream(const Table& given, const std::string& prefix, Diagnostics& diagnostics);

}  // namespace rekindle
