// Contest: several learners over one recording, decoded once, side by side on two threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "app/recording_pass.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// Samples in one block of the paired test.
inline constexpr std::uint64_t contest_block = 256;

class Contestant {
 public:
  Contestant(std::string name, LearnerSpec spec) : name_(std::move(name)), spec_(std::move(spec)) {}

  // A learner as it would be before the first sample, or of `state`.
  [[nodiscard]] Status start(const std::vector<std::string>& features, std::span<const StateSection> state);
  void count_rejected(std::uint64_t more);
  void observe(const Sample& sample);
  void observe_label(const LabelRecord& label);
  void follow(std::span<const DecodedRecord> records);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const LearnerSpec& spec() const { return spec_; }
  [[nodiscard]] const Learner& learner() const { return *learner_; }
  [[nodiscard]] double seconds() const { return seconds_; }  // Of processor time.
  // What it has to keep between two samples, encoded.
  [[nodiscard]] std::size_t state_bytes() const;
  // Of the samples since it began, as the counts below.
  [[nodiscard]] const Scores& scores() const { return since_ ? *since_ : learner_->scores(); }
  // What of its state does not fit its configuration and starts anew.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // Mean losses of whole blocks of labelled samples.
  [[nodiscard]] const std::vector<double>& blocks() const { return blocks_; }
  // How many samples, with and without a label, there had been at the end of each.
  [[nodiscard]] const std::vector<std::uint64_t>& block_ends() const { return block_ends_; }
  // The samples, counted from where it began, at which an incident opened.
  [[nodiscard]] const std::vector<std::uint64_t>& alarms() const { return alarms_; }
  [[nodiscard]] std::uint64_t samples() const { return learner_->counters().samples - samples_before_; }
  [[nodiscard]] std::uint64_t samples_before() const { return samples_before_; }
  [[nodiscard]] std::uint64_t incidents() const { return alarms_.size(); }
  [[nodiscard]] std::uint64_t restarts() const { return learner_->counters().restarts_total() - restarts_before_; }

 private:
  void count(const Outcome& outcome);

  std::string name_;
  LearnerSpec spec_;
  std::unique_ptr<Learner> learner_;
  Rejection ignored_;
  double sum_ = 0;
  std::uint64_t in_block_ = 0;
  std::vector<double> blocks_;
  std::vector<std::uint64_t> block_ends_;
  std::vector<std::uint64_t> alarms_;
  std::optional<Scores> since_;  // Where it goes on from a state, whose own scores count what was before.
  std::vector<std::string> notes_;
  std::uint64_t samples_before_ = 0;
  std::uint64_t restarts_before_ = 0;
  std::uint64_t incidents_seen_ = 0;
  double seconds_ = 0;
};

// Feeds all contestants; half of them on a thread of its own. They know nothing of each other, so the result is that of each alone.
class Contest final : public BatchFollower, public SampleObserver {
 public:
  explicit Contest(std::vector<Contestant> contestants);
  ~Contest() override;
  Contest(const Contest&) = delete;
  Contest& operator=(const Contest&) = delete;

  // What all of them start from; empty: from nothing.
  void start_from(std::vector<StateSection> state) { state_ = std::move(state); }

  void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) override;
  void label_observed(const LabelRecord& label, const Outcome& outcome, const Learner& learner) override;
  void follow(std::span<const DecodedRecord> records) override;

  [[nodiscard]] const std::vector<Contestant>& contestants() const { return contestants_; }
  [[nodiscard]] bool started() const { return started_; }
  // The first contestant that could not begin.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  [[nodiscard]] bool goes_along(const Learner& learner);
  void work(std::size_t first);
  void catch_up();
  std::vector<Contestant> contestants_;
  std::vector<StateSection> state_;
  bool started_ = false;
  bool follows_ = false;
  const Learner* leader_ = nullptr;  // The session's, which learns until they take over.
  std::uint64_t rejected_ = 0;       // Of the leader's, that the contestants have counted.
  Status status_;
  std::span<const DecodedRecord> records_;
  bool stopping_ = false;
  std::binary_semaphore given_{0};
  std::binary_semaphore done_{0};
  std::thread thread_;
};

}  // namespace rekindle
