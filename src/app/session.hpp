// Session: the path of a record, from bytes to a learned sample, the same for `run`, `replay` and `demo`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/decoded_record.hpp"
#include "app/operator_command.hpp"
#include "connectors/decode/decoder.hpp"
#include "connectors/source.hpp"
#include "learner/adaptation.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// Sees every sample right after it was learned (a trace, a learner beside).
class SampleObserver {
 public:
  virtual ~SampleObserver() = default;
  virtual void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) = 0;
  // A label that came in a record of its own. Whoever has a learner beside gives it the label; all others see the sample that was
  // learned with it, if one was.
  virtual void label_observed(const LabelRecord& /*label*/, const Outcome& outcome, const Learner& learner) {
    if (learner.joined() != nullptr) observed(*learner.joined(), outcome, learner);
  }
};

class Session {
 public:
  explicit Session(const Configuration& configuration);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The state of a checkpoint. Where only a record can tell the features, it waits for the first.
  [[nodiscard]] Status restore(std::vector<StateSection> sections, std::vector<std::string>& notes);

  // The same state under another specification, adapted as at a restart with it; on failure everything stays.
  [[nodiscard]] Status reconfigure(const LearnerSpec& spec, std::vector<std::string>& notes);

  // Decodes, predicts, scores, watches, learns. False: `rejection()` says why it was not learned.
  [[nodiscard]] Result<bool> take(const RawRecord& record);
  // Decoder::is_label
  [[nodiscard]] bool is_label(const RawRecord& record) const { return decoder_->is_label(record); }
  // What was taken last was a label of its own: there is no prediction.
  [[nodiscard]] bool took_label() const { return took_label_; }
  // The command that the record taken last was, and carried out; null: it was none. A command is no sample and not counted as one.
  [[nodiscard]] const OperatorCommand* took_command() const { return command_ ? &*command_ : nullptr; }

  // The same for a record that was decoded elsewhere (`DecodeAhead`, `DecodeBeside`); there is a learner by then.
  // `next`: the one behind it, where that is known.
  [[nodiscard]] bool take(const DecodedRecord& record, const DecodedRecord* next = nullptr);
  // The decoder in use; and one more like it, with the same layout.
  [[nodiscard]] Decoder& decoder() { return *decoder_; }
  [[nodiscard]] std::unique_ptr<Decoder> another_decoder() const;

  // The event time of a record that is not taken (yet); 0: it has none. Nothing where it cannot be decoded.
  [[nodiscard]] std::optional<std::int64_t> time_of(const RawRecord& record);

  [[nodiscard]] const Rejection& rejection() const { return rejection_; }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  // The sample of the record that was taken last, as long as the record is there.
  [[nodiscard]] const Sample& sample() const { return *taken_; }
  void add_observer(SampleObserver& observer) { observers_.push_back(&observer); }

  [[nodiscard]] const LearnerSpec& spec() const { return spec_; }
  // Null until the features are known.
  [[nodiscard]] Learner* learner() { return learner_.get(); }
  [[nodiscard]] const Learner* learner() const { return learner_.get(); }
  // Records rejected before there was a learner.
  [[nodiscard]] std::uint64_t rejected_early() const { return rejected_early_; }

 private:
  [[nodiscard]] Result<bool> begin(const RawRecord& record);
  [[nodiscard]] Status start(std::vector<std::string> features);
  bool reject();
  [[nodiscard]] bool learn(const Sample& sample);
  [[nodiscard]] bool take_label(const RawRecord& record);
  [[nodiscard]] bool learn_label(const LabelRecord& label);
  bool reject_label();
  void learn_early_labels();
  [[nodiscard]] bool obey(std::string_view control, std::string_view payload);

  LearnerSpec spec_;
  SourceConfiguration source_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Learner> learner_;
  std::vector<StateSection> waiting_;  // A state that waits for the first record.
  std::vector<std::string> late_notes_;
  std::vector<SampleObserver*> observers_;
  Sample sample_;
  const Sample* taken_ = &sample_;
  Rejection rejection_;
  Outcome outcome_;
  std::uint64_t rejected_early_ = 0;

  // Labels before the first sample, which makes the learner; they are bounded as it will bound them.
  struct EarlyLabel {
    std::string id;
    std::string text;
    Label label;
    std::int64_t time_ms = 0;
  };
  std::deque<EarlyLabel> early_labels_;
  std::uint64_t early_bytes_ = 0;
  std::uint64_t unusable_early_ = 0;
  bool took_label_ = false;
  std::optional<OperatorCommand> command_;
};

// Counts the unusable among the last `window` records.
class ErrorBudget {
 public:
  explicit ErrorBudget(ErrorLimit limit);
  void count(bool bad, const Rejection& why) {
    // What is good changes nothing where all in the window are.
    if (!bad && bad_ == 0) {
      advance();
    } else {
      put(bad, why);
    }
  }
  [[nodiscard]] bool exceeded() const;
  [[nodiscard]] std::uint64_t bad() const { return bad_; }
  // "missing_field of field \"price\" (51 of the last 51 records)": the commonest reason.
  [[nodiscard]] std::string worst() const;

 private:
  void put(bool bad, const Rejection& why);
  void advance() {
    ++seen_;
    at_ = at_ + 1 == limit_.window ? 0 : at_ + 1;
  }
  ErrorLimit limit_;
  std::vector<bool> window_;
  std::size_t at_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t bad_ = 0;
  std::map<std::pair<RejectReason, std::string>, std::pair<std::uint64_t, std::string>> reasons_;  // Count, newest detail.
};

}  // namespace rekindle
