#include "app/contest.hpp"

#include <time.h>

#include <utility>

namespace rekindle {

namespace {

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

Status Contestant::start(const std::vector<std::string>& features, std::span<const StateSection> state) {
  learner_ = std::make_unique<Learner>(spec_, features);
  if (!state.empty()) {
    if (auto status = learner_->restore(state, notes_); !status) {
      return fail(status.error().code, "{}: {}", name_, status.error().message);
    }
    since_.emplace(spec_.schema.task);
  }
  samples_before_ = learner_->counters().samples;
  restarts_before_ = learner_->counters().restarts_total();
  incidents_seen_ = learner_->incidents().total();
  return {};
}

std::size_t Contestant::state_bytes() const {
  std::size_t sum = 0;
  for (const auto& section : learner_->save()) sum += section.bytes.size();
  return sum;
}

void Contestant::count_rejected(std::uint64_t more) {
  for (std::uint64_t i = 0; i < more; ++i) learner_->count_rejected();
}

void Contestant::observe(const Sample& sample) { count(learner_->observe(sample, ignored_)); }

void Contestant::observe_label(const LabelRecord& label) { count(learner_->observe_label(label, ignored_)); }

void Contestant::count(const Outcome& outcome) {
  if (std::exchange(incidents_seen_, learner_->incidents().total()) != learner_->incidents().total()) alarms_.push_back(samples() - 1);
  if (!outcome.accepted || !outcome.labelled) return;
  if (since_) since_->observe(learner_->prediction(), outcome.target, outcome.loss);
  sum_ += outcome.loss;
  if (++in_block_ < contest_block) return;
  blocks_.push_back(sum_ / static_cast<double>(contest_block));
  block_ends_.push_back(learner_->counters().samples);
  sum_ = 0;
  in_block_ = 0;
}

void Contestant::follow(std::span<const DecodedRecord> records) {
  const double start = thread_seconds();
  for (const auto& record : records) {
    if (record.control) continue;  // It was meant for one configuration.
    if (record.is_label) {
      if (record.usable) observe_label({record.sample.id, record.sample.label, record.sample.time_ms});
    } else if (record.usable) {
      observe(record.sample);
    } else {
      learner_->count_rejected();
    }
  }
  seconds_ += thread_seconds() - start;
}

Contest::Contest(std::vector<Contestant> contestants) : contestants_(std::move(contestants)) {
  thread_ = std::thread([this] {
    while (true) {
      given_.acquire();
      if (stopping_) return;
      work(1);
      done_.release();
    }
  });
}

Contest::~Contest() {
  stopping_ = true;
  given_.release();
  thread_.join();
}

void Contest::work(std::size_t first) {
  for (std::size_t i = first; i < contestants_.size(); i += 2) contestants_[i].follow(records_);
}

// The samples before the batches: the one that told the features, and what was read with it.
void Contest::observed(const Sample& sample, const Outcome& /*outcome*/, const Learner& learner) {
  if (!goes_along(learner)) return;
  for (auto& one : contestants_) one.observe(sample);
}

void Contest::label_observed(const LabelRecord& label, const Outcome& /*outcome*/, const Learner& learner) {
  if (!goes_along(learner)) return;
  for (auto& one : contestants_) one.observe_label(label);
}

bool Contest::goes_along(const Learner& learner) {
  if (follows_ || !status_) return false;
  if (!started_) {
    for (auto& one : contestants_) {
      status_ = one.start(learner.features(), state_);
      if (!status_) return false;
    }
    started_ = true;
    leader_ = &learner;
  }
  catch_up();
  return true;
}

// Unusable records between those samples are seen by the session's learner alone.
void Contest::catch_up() {
  const auto more = leader_->counters().rejected - rejected_;
  rejected_ += more;
  for (auto& one : contestants_) one.count_rejected(more);
}

void Contest::follow(std::span<const DecodedRecord> records) {
  if (!started_) return;
  if (!follows_) catch_up();
  follows_ = true;
  records_ = records;
  given_.release();
  work(0);
  done_.acquire();
}

}  // namespace rekindle
