// How a Learner carries out a response to drift, and what it does with the challengers on trial.
#include <algorithm>
#include <cmath>
#include <limits>

#include "learner/learner.hpp"

namespace rekindle {

namespace {

constexpr double classification_cap = 10;  // Nats: what one sample may count in a comparison.
constexpr double regression_cap = 100;     // Times the usual loss.

TrialRole role_of(const Response& response) {
  if (response.restart) return TrialRole::restart;
  return response.acts_at_once() ? TrialRole::bump : TrialRole::before;
}

// Index into `response_names`.
std::size_t response_of(const Response& response) { return response.restart ? 2 : (response.acts_at_once() ? 1 : 0); }

}  // namespace

void Learner::respond(const Response& response, Incident& incident) {
  const auto named = portfolio_ != nullptr && !response.holds() ? 2 : response_of(response);
  incident.response = response_names[named];
  ++responses_[named];
  if (response.holds()) return;
  if (portfolio_ != nullptr) return renew_portfolio();
  if (response.acts_at_once()) keep_for_rollback(*champion_);
  if (policy_->on_probation()) begin_trial(response, incident);
  if (response.cycle) champion_->cycle(clock_, response.cycle->factor, response.cycle->period);
  if (response.bump != 1) bump_rate(response.bump, response.decay_stretch);
  if (response.restart) restart_rate(by_drift, response.warmup / static_cast<double>(spec_.batch_size));
  if (response.forget > 0) reset_optimizer(by_drift, response.forget);
}

// A drift that turns out to be gradual, where its row asks for cycling and nothing else was done yet.
void Learner::respond_to_kind() {
  if (portfolio_ != nullptr || !policy_ || !policy_->on_probation() || kind_.kind() != DriftKind::gradual) return;
  auto* incident = incidents_.find(incidents_.total());
  const auto response = policy_->decide({DriftSeverity::mild, 0, DriftKind::gradual});
  const bool untouched = incident != nullptr && !incident->recovered_after && incident->response == response_names[0] && !trial_.running();
  if (!untouched || !response.cycle) return;
  champion_->cycle(clock_, response.cycle->factor, response.cycle->period);
  incident->response = response_names[1];
  ++responses_[1];
  incident->lr_after = lr();
}

void Learner::renew_portfolio() {
  keep_for_rollback(*champion_);
  const double before = lr();
  portfolio_->renew(clock_);
  ++counters_.restarts[by_drift];
  ++counters_.resets[by_drift];
  events_.emplace_back(LearningRateRestarted{counters_.samples - 1, restart_reason_names[by_drift], before, lr()});
  events_.emplace_back(OptimizerReset{counters_.samples - 1, reset_reason_names[by_drift], 1});
}

// Before anything is done at once: the copies are of the champion as it is.
void Learner::begin_trial(const Response& response, Incident& incident) {
  finish_trial();
  const auto role = role_of(response);
  trial_.begin(role);
  trial_incident_ = incidents_.total() + 1;
  const auto weights = static_cast<double>(champion_->parameters());
  auto room = memory_need_.challengers_that_fit(weights, spec_.memory_limit);
  if (role != TrialRole::before) {
    trial_.add(TrialRole::before, copy_of_champion());
    --room;
  }
  archive_.put_away(memory_need_.archived_that_fit(weights, spec_.memory_limit));
  for (const auto kind : response.trial) {
    if (kind != Challenger::memory) {
      if (room == 0) continue;
      --room;
    }
    incident.tried += (incident.tried.empty() ? "" : ", ") + std::string(challenger_names[static_cast<std::size_t>(kind)]);
    add_challenger(kind, response.warmup);
  }
}

void Learner::add_challenger(Challenger kind, double warmup) {
  const double updates = warmup / static_cast<double>(spec_.batch_size);
  if (kind == Challenger::memory) {
    for (const auto& image : archive_.images()) {
      const auto now = image_of(*champion_);
      auto member = revived({image.model, image.optimizer, now.rate, now.controls});
      if (member != nullptr) trial_.add(TrialRole::memory, std::move(member));
    }
    return;
  }
  auto member = kind == Challenger::restart ? copy_of_champion() : make_another();
  member->restart(clock_, updates);
  member->forget(1);
  trial_.add(kind == Challenger::restart ? TrialRole::restart : TrialRole::fresh, std::move(member));
}

std::unique_ptr<Member> Learner::copy_of_champion() const { return revived(image_of(*champion_)); }

// Null where the image is of another shape.
std::unique_ptr<Member> Learner::revived(const MemberImage& image) const {
  auto member = make_another();
  if (!revive(image, *member, clock_)) return nullptr;
  member->grow_classes(classes_.size());
  return member;
}

// At the clock that the champion learned by.
void Learner::try_challengers(const Sample& sample, const Outcome& outcome) {
  if (!trial_.running()) return;
  const double usual = slow_loss_.value();
  const double cap =
      spec_.schema.is_classification() ? classification_cap : regression_cap * std::max(usual, std::numeric_limits<double>::min());
  trial_.learn(x_, outcome.target, sample.weight, clock_, outcome.loss, cap);
}

void Learner::judge_challengers() {
  if (policy_ && policy_->on_probation() && portfolio_ == nullptr && archive_.due(counters_.learned) &&
      memory_need_.archived_that_fit(static_cast<double>(champion_->parameters()), spec_.memory_limit) > 0)
    archive_.observe(*champion_, counters_.learned);
  if (!trial_.running()) return;
  const double before = lr();
  if (const auto role = trial_.swap(champion_)) crown(*role, before);
  if (trial_.over()) finish_trial();
}

// A challenger has become the champion.
void Learner::crown(TrialRole role, double lr_before) {
  const auto sample = counters_.samples - 1;
  archive_.start_anew();
  auto* incident = incidents_.find(trial_incident_);
  std::size_t named = 0;
  if (role == TrialRole::before) {
    ++counters_.rollbacks;
    events_.emplace_back(ResponseRolledBack{sample, "trial", lr_before, lr()});
  } else if (role == TrialRole::restart) {
    named = 2;
    ++counters_.restarts[by_drift];
    ++counters_.resets[by_drift];
    events_.emplace_back(LearningRateRestarted{sample, restart_reason_names[by_drift], lr_before, lr()});
    events_.emplace_back(OptimizerReset{sample, reset_reason_names[by_drift], 1});
  } else {
    named = 3;
    ++counters_.replacements;
    events_.emplace_back(ChampionReplaced{sample, role == TrialRole::fresh ? "fresh" : "memory", lr_before, lr()});
  }
  if (named != 0) ++responses_[named];
  if (incident == nullptr) return;
  incident->rolled_back = role == TrialRole::before;
  incident->lr_after = lr();
  if (named != 0) incident->response = response_names[named];
  if (role == TrialRole::memory) incident->kind = drift_kind_names[static_cast<std::size_t>(DriftKind::recurring)];
}

// The incident keeps what the probation showed; the learner from before the response can still be gone back to.
void Learner::finish_trial() {
  if (!trial_.running()) return;
  if (auto* incident = incidents_.find(trial_incident_)) {
    incident->loss_served = trial_.mean_loss();
    incident->loss_without_response = trial_.mean_loss_without_response();
  }
  if (trial_.champion_role() != TrialRole::before) {
    if (const auto before = trial_.take_before()) keep_for_rollback(*before);
  }
  trial_.end();
}

void Learner::bump_rate(double factor, double stretch) {
  const double before = lr();
  if (!champion_->bump(clock_, factor, std::numeric_limits<double>::infinity(), stretch)) return;
  events_.emplace_back(LearningRateCommanded{counters_.samples - 1, "bump", before, lr()});
}

}  // namespace rekindle
