#include "app/live_range_test.hpp"

#include "app/log.hpp"
#include "http/json_text.hpp"

namespace rekindle {

Status LiveRangeTest::begin(const Learner& learner) {
  if (copy_ != nullptr)
    return fail(ErrorCode::data, "a range test is under way: {} of {} samples", taken_.load(std::memory_order_relaxed), sweep.samples);
  auto spec = range_test_spec(learner.spec(), sweep.low, sweep.high, sweep.samples);
  spec.member.initial.reset();  // The learner's own weights count.
  auto copy = std::make_unique<Learner>(std::move(spec), learner.features());
  std::vector<std::string> notes;
  if (auto status = copy->restore(learner.save(), notes); !status) return status;
  copy->unpin();
  copy_ = std::move(copy);
  test_ = {};
  taken_ = 0;
  const std::lock_guard lock(mutex_);
  found_.clear();
  running_ = true;
  return {};
}

void LiveRangeTest::observed(const Sample& sample, const Outcome& /*outcome*/, const Learner& /*learner*/) {
  if (copy_ != nullptr) take(copy_->observe(sample, ignored_));
}

void LiveRangeTest::label_observed(const LabelRecord& label, const Outcome& /*outcome*/, const Learner& /*learner*/) {
  if (copy_ != nullptr) take(copy_->observe_label(label, ignored_));
}

void LiveRangeTest::take(const Outcome& outcome) {
  if (!outcome.accepted || !outcome.labelled) return;
  const auto before = test_.size();
  test_.observe(outcome.lr, outcome.loss);
  const bool exploded = test_.size() == before;
  if (taken_.fetch_add(1, std::memory_order_relaxed) + 1 >= sweep.samples || exploded) finish();
}

void LiveRangeTest::finish() {
  copy_.reset();
  auto found = range_json(test_, sweep);
  log_event(LogLevel::info, "lr_find", {{"suggestion", json_text(found.at("suggestion"))}, {"valley", json_text(found.at("valley"))}});
  const std::lock_guard lock(mutex_);
  found_ = std::move(found);
  running_ = false;
}

HttpResponse LiveRangeTest::answer() const {
  const std::lock_guard lock(mutex_);
  const auto* state = running_ ? "running" : (found_.empty() ? "none" : "done");
  boost::json::object out{{"state", state}, {"taken", taken_.load(std::memory_order_relaxed)}, {"samples", sweep.samples}};
  for (const auto& [name, value] : found_) out[name] = value;
  return json_response(out);
}

}  // namespace rekindle
