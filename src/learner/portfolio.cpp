#include "learner/portfolio.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "optimizer/idbd.hpp"

namespace rekindle {

namespace {

constexpr double least_likelihood = 1e-4;
constexpr double loss_fade = 0.005;
constexpr double loss_of_the_unproven = 0.7;
constexpr double smallest_probability = 1e-300;
constexpr double largest_excess = 1e3;  // Over the usual loss: one absurd label must not decide for thousands of samples.

struct Ingredient {
  const char* name;
  const char* optimizer;
  double lr;
};

// Found by the policy suite and confirmed on seeds that had no part in the search; docs/policy.md says what else was tried. A network
// gains nothing by the linear models' faster members, and loses by their smaller share.
struct Recipe {
  std::vector<Ingredient> full;  // The anchor last.
  std::vector<Ingredient> lite;
  double share;
};

const Recipe& recipe_for(ModelKind model) {
  static const Recipe linear{
      {{"idbd_0.01", "idbd", 0.01}, {"idbd_0.1", "idbd", 0.1}, {"rmsprop_0.04", "rmsprop", 0.04}, {"anchor", "adagrad", 0.15}},
      {{"idbd_0.1", "idbd", 0.1}, {"anchor", "adagrad", 0.15}},
      3e-4};
  static const Recipe network{
      {{"idbd_0.005", "idbd", 0.005}, {"idbd_0.03", "idbd", 0.03}, {"idbd_0.2", "idbd", 0.2}, {"anchor", "adagrad", 0.1}},
      {{"idbd_0.03", "idbd", 0.03}, {"anchor", "adagrad", 0.1}},
      1e-3};
  return model == ModelKind::linear ? linear : network;
}

const OptimizerRow& optimizer_row(std::string_view name) { return name == "idbd" ? idbd_row() : *find_row(optimizers(), name); }

MemberSpec member_spec(const MemberSpec& base, const OptimizerRow& optimizer, double lr) {
  MemberSpec spec = base;
  Diagnostics ignored;
  auto keys = row_keys(optimizer, common_optimizer_parameters());
  spec.optimizer = {&optimizer, check_parameters(keys, {}, "", ignored)};
  ScheduleSpec schedule;
  schedule.schedule.row = find_row(schedules(), "constant");
  schedule.schedule.parameters = check_parameters(schedule.schedule.row->parameters, {}, "", ignored);
  schedule.lr = lr;
  schedule.lr_min = base.schedule.lr_min;
  schedule.lr_max = base.schedule.lr_max;
  schedule.scale = base.schedule.scale;
  spec.schedule = std::move(schedule);
  // A member that diverges stops counting at once; it needs no guard of its own.
  spec.controls = {};
  spec.controls.guard.loss_factor = std::numeric_limits<double>::infinity();
  spec.controls.guard.rollback = false;
  return spec;
}

}  // namespace

Portfolio::Portfolio(const LearnerSpec& spec, std::size_t features, std::size_t classes)
    : spec_(spec), features_(features), classes_(classes), loss_(spec.member.loss.row->make.make(spec.member.loss.parameters)) {
  const auto& recipe = recipe_for(spec.member.model.kind);
  share_ = recipe.share;
  for (const auto& one : spec.budget == PortfolioBudget::full ? recipe.full : recipe.lite)
    add(one.name, optimizer_row(one.optimizer), one.lr);
  losses_.resize(members_.size());
  count_all_alike();
}

void Portfolio::add(std::string name, const OptimizerRow& optimizer, double lr) {
  auto spec = member_spec(spec_.member, optimizer, lr);
  spec.model.seed += members_.size();  // Networks that begin alike would be one.
  auto member = make(spec);
  members_.push_back({std::move(name), std::move(spec), std::move(member), {}});
}

std::unique_ptr<Member> Portfolio::make(const MemberSpec& spec) const {
  return make_member(spec, spec_.schema.task, spec_.inputs(features_), classes_, spec_.batch_size);
}

void Portfolio::count_all_alike() {
  for (auto& one : members_) one.weight = 1 / static_cast<double>(members_.size());
}

std::size_t Portfolio::best() const {
  return static_cast<std::size_t>(std::ranges::max_element(members_, {}, &Part::weight) - members_.begin());
}

void Portfolio::predict(const Features& x, Prediction& out) {
  for (auto& one : members_) one.member->predict(x, one.prediction);
  spec_.schema.is_classification() ? mix(out) : mix_scores(out);
}

// The scores stand for the mixture in the loss: their sigmoid or softmax is its probabilities.
void Portfolio::mix(Prediction& out) {
  const std::size_t classes = members_.front().prediction.probabilities.size();
  out.probabilities.assign(classes, 0);
  for (const auto& one : members_) {
    for (std::size_t k = 0; k < classes; ++k) out.probabilities[k] += one.weight * one.prediction.probabilities[k];
  }
  const auto likeliest = std::ranges::max_element(out.probabilities);
  out.value = static_cast<double>(likeliest - out.probabilities.begin());
  const bool binary = spec_.schema.task == Task::binary;
  scores_.resize(binary ? 1 : classes);
  slopes_.resize(scores_.size());
  const auto log_of = [&](std::size_t k) { return std::log(std::max(out.probabilities[k], smallest_probability)); };
  if (binary) {
    scores_[0] = log_of(1) - log_of(0);
    out.log_odds = scores_[0];
  } else {
    for (std::size_t k = 0; k < classes; ++k) scores_[k] = log_of(k);
  }
}

void Portfolio::mix_scores(Prediction& out) {
  scores_.assign(1, 0);
  slopes_.resize(scores_.size());
  for (const auto& one : members_) scores_[0] += one.weight * one.member->scores()[0];
  out.probabilities.clear();
  loss_->predict(scores_, out);
}

double Portfolio::evaluate(double target) { return loss_->evaluate(scores_, target, slopes_); }

double Portfolio::likelihood(std::size_t k, double target, double scale) const {
  if (spec_.schema.is_classification()) {
    const auto& p = members_[k].prediction.probabilities;
    const auto at = static_cast<std::size_t>(target);
    return at < p.size() ? std::max(least_likelihood, p[at]) : least_likelihood;
  }
  const double excess = losses_[k] / (2 * std::max(scale, std::numeric_limits<double>::min()));
  return std::isfinite(excess) ? std::max(least_likelihood, std::exp(-excess)) : least_likelihood;
}

// What each member's prediction was worth.
void Portfolio::count(double target) {
  const double scale = spec_.schema.is_classification() ? 0 : regression_scale(target);
  double total = 0;
  for (std::size_t k = 0; k < members_.size(); ++k) {
    auto& one = members_[k];
    const double p = likelihood(k, target, scale);
    one.weight *= p;
    total += one.weight;
    const double loss = spec_.schema.is_classification() ? -std::log(p) : std::min(losses_[k], largest_excess * scale);
    if (std::isfinite(loss)) one.loss += loss_fade * (loss - one.loss);
  }
  for (auto& one : members_) one.weight = (1 - share_) * (one.weight / total) + share_ / static_cast<double>(members_.size());
}

// The least faded loss; before there is one, the least of this sample.
double Portfolio::regression_scale(double target) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < members_.size(); ++k) {
    losses_[k] = members_[k].member->evaluate(target);
    if (members_[k].loss > 0) least = std::min(least, members_[k].loss);
  }
  return std::isfinite(least) ? least : *std::ranges::min_element(losses_);
}

Lesson Portfolio::learn(const Features& x, double target, double weight, const StepClock& now) {
  Lesson all;
  all.loss = evaluate(target);
  all.rate = rate(now);
  count(target);
  // It has neither met what is new in the sample nor made the forward pass that it learns from.
  if (const auto fresh = std::exchange(fresh_, std::nullopt)) members_[*fresh].member->predict(x, members_[*fresh].prediction);
  for (auto& one : members_) {
    const auto lesson = one.member->learn(x, target, weight, now);
    all.updated |= lesson.updated;
    all.skipped |= lesson.skipped;
    if (&one != &members_.back()) continue;
    all.gradient_norm = lesson.gradient_norm;
    if (lesson.updated) anchor_energy_ += lesson.gradient_norm * lesson.gradient_norm;
    if (lesson.skipped) anchor_energy_ = 0;
  }
  return all;
}

double Portfolio::rate(const StepClock& now) const {
  const double rate = anchor().rate(now);
  if (anchor().rate_control().pinned()) return rate;
  return rate / std::sqrt(1 + anchor_energy_ / static_cast<double>(anchor().parameters()));
}

void Portfolio::begin(const StepClock& now) {
  for (auto& one : members_) one.member->begin(now);
}

void Portfolio::restart(const StepClock& now, double warmup_updates) {
  anchor().restart(now, warmup_updates);
  anchor().forget(1);
  anchor_energy_ = 0;
}

void Portfolio::forget(double fraction) {
  for (auto& one : members_) one.member->forget(fraction);
  anchor_energy_ *= 1 - fraction;
}

void Portfolio::grow_classes(std::size_t classes) {
  classes_ = std::max(classes_, classes);
  for (auto& one : members_) one.member->grow_classes(classes);
}

void Portfolio::remap_features(const IndexMap& from) {
  features_ = from.size();
  for (auto& one : members_) one.member->remap_features(from);
}

std::size_t Portfolio::worst_but(std::size_t best) const {
  std::size_t worst = members_.size();
  for (std::size_t k = 0; k + 1 < members_.size(); ++k) {
    if (k != best && (worst == members_.size() || members_[k].loss > members_[worst].loss)) worst = k;
  }
  return worst;
}

void Portfolio::renew(const StepClock& now) {
  const auto best = this->best();
  if (best + 1 != members_.size()) {
    ByteWriter model;
    members_[best].member->save_model(model);
    ByteReader in(model.bytes());
    anchor().load_model(in);
  }
  restart(now, 0);
  if (const auto worst = worst_but(best); worst != members_.size()) {
    auto& one = members_[worst];
    ++renewals_;
    auto fresh = one.spec;
    fresh.model.seed += members_.size() * renewals_;
    one.member = make(fresh);
    one.member->begin(now);
    one.member->join_batch(anchor().in_batch());
    fresh_ = worst;
    one.loss = loss_of_the_unproven;
  }
  count_all_alike();
}

std::vector<MemberStatus> Portfolio::report(const StepClock& now) const {
  std::vector<MemberStatus> out;
  for (const auto& one : members_) {
    const bool is_anchor = &one == &members_.back();
    out.push_back({one.name, is_anchor ? rate(now) : one.member->rate(now) * one.member->rate_factor(), one.weight});
  }
  return out;
}

}  // namespace rekindle
