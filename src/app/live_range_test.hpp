// LiveRangeTest: an LR range test on the stream that a daemon learns, by a copy of its learner beside it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <memory>
#include <mutex>

#include "app/range_report.hpp"
#include "app/session.hpp"
#include "http/message.hpp"

namespace rekindle {

class LiveRangeTest final : public SampleObserver {
 public:
  // Learner thread. The copy begins where `learner` is, and learns what it learns until the sweep is over or the loss explodes.
  // ErrorCode::data: one is under way already.
  [[nodiscard]] Status begin(const Learner& learner);
  void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) override;
  void label_observed(const LabelRecord& label, const Outcome& outcome, const Learner& learner) override;

  // HTTP thread: {"state": "none" | "running" | "done", "taken", "samples"}, and once done what `range_json` tells.
  [[nodiscard]] HttpResponse answer() const;

 private:
  void take(const Outcome& outcome);
  void finish();

  static constexpr Sweep sweep{};
  std::unique_ptr<Learner> copy_;
  RangeTest test_;
  Rejection ignored_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> running_{false};

  mutable std::mutex mutex_;
  boost::json::object found_;  // Empty: none yet.
};

}  // namespace rekindle
