#include "app/session.hpp"

#include <algorithm>

#include "app/model_check.hpp"
#include "app/sources.hpp"

namespace rekindle {

Session::Session(const Configuration& configuration)
    : spec_(configuration.learner), source_(configuration.source), decoder_(make_decoder(source_, spec_.schema)) {}

std::unique_ptr<Decoder> Session::another_decoder() const {
  auto decoder = make_decoder(source_, spec_.schema);
  decoder->set_layout(learner_->features());
  return decoder;
}

Status Session::start(std::vector<std::string> features) {
  if (auto status = check_model(spec_, features.size()); !status) return status;
  for (const auto& one : spec_.drift.detectors) {
    if (one.on != DriftInput::feature || std::ranges::find(features, one.feature) != features.end()) continue;
    return fail(ErrorCode::configuration, "drift.detectors: there is no feature \"{}\" for {} to watch; there are {}", one.feature,
                one.name, fmt::join(features, ", "));
  }
  decoder_->set_layout(features);
  learner_ = std::make_unique<Learner>(spec_, std::move(features));
  for (std::uint64_t i = 0; i < rejected_early_; ++i) learner_->count_rejected();
  rejected_early_ = 0;
  return {};
}

Status Session::restore(std::vector<StateSection> sections, std::vector<std::string>& notes) {
  const auto shape = load_shape(sections);
  if (!shape) return tl::unexpected(shape.error());
  spec_.member.initial.reset();  // The state's own weights count.
  const auto plan = plan_adaptation(*shape, spec_);
  const auto features = features_from_state(*shape, spec_.schema.features);
  if (!features && plan.refused.empty()) {
    waiting_ = std::move(sections);
    notes.insert(notes.end(), plan.changed.begin(), plan.changed.end());
    return {};
  }
  if (auto status = start(features.value_or(shape->features)); !status) return status;
  return learner_->restore(sections, notes);
}

Status Session::reconfigure(const LearnerSpec& spec, std::vector<std::string>& notes) {
  if (learner_) {
    auto next = std::make_unique<Learner>(spec, learner_->features());
    if (auto status = next->restore(learner_->save(), notes); !status) return status;
    learner_ = std::move(next);
  }
  spec_ = spec;
  return {};
}

// The first usable record decides the features: arrays are spelled out, and all numeric fields taken where none are named.
Result<bool> Session::begin(const RawRecord& record) {
  rejection_ = {};
  auto features = decoder_->discover(record, rejection_);
  if (!features) {
    ++rejected_early_;
    return false;
  }
  // A record that cannot be learned decides nothing: its features may be the wrong ones.
  decoder_->set_layout(*features);
  if (!decoder_->decode(record, sample_, rejection_)) {
    ++rejected_early_;
    return false;
  }
  if (auto status = start(*std::move(features)); !status) return tl::unexpected(status.error());
  if (waiting_.empty()) {
    learn_early_labels();
    return true;
  }
  const auto early = learner_->counters().rejected;
  if (auto status = learner_->restore(waiting_, late_notes_); !status) return tl::unexpected(status.error());
  for (std::uint64_t i = 0; i < early; ++i) learner_->count_rejected();
  waiting_.clear();
  learn_early_labels();
  return true;
}

std::optional<std::int64_t> Session::time_of(const RawRecord& record) {
  Rejection why;
  if (!learner_ && !decoder_->is_label(record)) {
    auto features = decoder_->discover(record, why);
    if (!features) return std::nullopt;
    decoder_->set_layout(*std::move(features));
  }
  return decoder_->decode(record, sample_, why) ? std::optional(sample_.time_ms) : std::nullopt;
}

bool Session::reject() {
  learner_->count_rejected();
  return false;
}

// Whatever became of it is in `rejection`, as with a sample, but that the learner does not count it.
bool Session::obey(std::string_view control, std::string_view payload) {
  took_label_ = false;
  auto command = read_stream_command(control, payload);
  auto status = command ? apply(*command, learner_.get()) : Status(tl::unexpected(command.error()));
  if (status) command_ = *std::move(command);
  if (!status) rejection_ = {RejectReason::undecodable, control_header, status.error().message};
  return status.has_value();
}

Result<bool> Session::take(const RawRecord& record) {
  command_.reset();
  taken_ = &sample_;
  if (record.is_control()) return obey(record.control, record.tombstone ? std::string_view() : record.payload);
  if (took_label_ = decoder_->is_label(record); took_label_) return take_label(record);
  if (!learner_) {
    const auto begun = begin(record);
    if (!begun || !*begun) return begun;
  }
  if (!decoder_->decode(record, sample_, rejection_)) return reject();
  return learn(sample_);
}

bool Session::take(const DecodedRecord& record, const DecodedRecord* next) {
  command_.reset();
  if (next != nullptr && next->usable) learner_->expect(next->sample);
  taken_ = &record.sample;
  if (record.control) return obey(*record.control, record.text);
  took_label_ = record.is_label;
  if (took_label_ && record.usable) return learn_label({record.sample.id, record.sample.label, record.sample.time_ms});
  if (record.usable) return learn(record.sample);
  rejection_ = record.why;
  return took_label_ ? reject_label() : reject();
}

bool Session::take_label(const RawRecord& record) {
  if (!decoder_->decode(record, sample_, rejection_)) return reject_label();
  if (learner_) return learn_label({sample_.id, sample_.label, sample_.time_ms});
  constexpr std::uint64_t bytes_of_one = sizeof(EarlyLabel);
  const bool is_text = sample_.label.kind == Label::Kind::text;
  auto& early = early_labels_.emplace_back(
      EarlyLabel{std::string(sample_.id), is_text ? std::string(sample_.label.text) : "", sample_.label, sample_.time_ms});
  early_bytes_ += bytes_of_one + early.id.size() + early.text.size();
  while (early_bytes_ > spec_.late.bytes && early_labels_.size() > 1) {
    early_bytes_ -= bytes_of_one + early_labels_.front().id.size() + early_labels_.front().text.size();
    early_labels_.pop_front();
    ++unusable_early_;
  }
  return true;
}

bool Session::learn_label(const LabelRecord& label) {
  outcome_ = learner_->observe_label(label, rejection_);
  if (!outcome_.accepted) return false;
  for (auto* observer : observers_) observer->label_observed(label, outcome_, *learner_);
  return true;
}

bool Session::reject_label() {
  if (learner_) {
    learner_->count_unusable_label();
  } else {
    ++unusable_early_;
  }
  return false;
}

void Session::learn_early_labels() {
  for (; unusable_early_ != 0; --unusable_early_) learner_->count_unusable_label();
  for (auto& early : early_labels_) {
    if (early.label.kind == Label::Kind::text) early.label.text = early.text;
    (void)learn_label({early.id, early.label, early.time_ms});
  }
  early_labels_.clear();
  early_bytes_ = 0;
}

bool Session::learn(const Sample& sample) {
  outcome_ = learner_->observe(sample, rejection_);
  if (!outcome_.accepted) return false;
  for (auto* observer : observers_) observer->observed(sample, outcome_, *learner_);
  return true;
}

ErrorBudget::ErrorBudget(ErrorLimit limit) : limit_(limit), window_(limit.window, false) {}

void ErrorBudget::put(bool bad, const Rejection& why) {
  bad_ -= window_[at_] ? 1 : 0;
  bad_ += bad ? 1 : 0;
  window_[at_] = bad;
  advance();
  if (!bad) return;
  auto& [count, detail] = reasons_[{why.reason, why.field}];
  ++count;
  detail = why.detail;
}

bool ErrorBudget::exceeded() const { return static_cast<double>(bad_) > limit_.share * static_cast<double>(limit_.window); }

std::string ErrorBudget::worst() const {
  const auto commonest = std::ranges::max_element(reasons_, {}, [](const auto& one) { return one.second.first; });
  if (commonest == reasons_.end()) return "none";
  const auto& [key, value] = *commonest;
  return fmt::format("{} ({} of the last {} records are unusable; most often: {})", to_string(key.first), bad_,
                     std::min<std::uint64_t>(seen_, limit_.window), value.second);
}

}  // namespace rekindle
