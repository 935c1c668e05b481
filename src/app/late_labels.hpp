// LateLabels: the labels of a generated stream on their way to an output of their own, each some samples after its sample.
#pragma once

#include <deque>
#include <memory>

#include "app/sample_output.hpp"
#include "connectors/generate/sample_text.hpp"

namespace rekindle {

// "data.jsonl" -> "data.labels.jsonl", topic "t" -> topic "t.labels". ErrorCode::usage for standard output, which is one.
[[nodiscard]] Result<SampleTarget> label_target(const SampleTarget& samples);

class LateLabels {
 public:
  LateLabels(std::unique_ptr<SampleOutput> output, bool json, std::uint64_t delay)
      : output_(std::move(output)), json_(json), delay_(delay) {}

  [[nodiscard]] Status begin();
  // The label of sample `index`; it is written after sample `index` + delay - 1.
  [[nodiscard]] Status add(std::uint64_t index, int label);
  [[nodiscard]] Status flush() { return output_->flush(); }
  // The labels that are still under way come after the last sample.
  [[nodiscard]] Status finish();

 private:
  Status write_first();

  std::unique_ptr<SampleOutput> output_;
  bool json_;
  std::uint64_t delay_;
  std::deque<LateLabel> under_way_;
  std::string text_;
};

}  // namespace rekindle
