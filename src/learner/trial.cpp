#include "learner/trial.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {

constexpr double margin = 0.98;  // Of the champion's faded loss: what counts as better.

std::uint32_t bit(TrialRole role) { return 1U << static_cast<unsigned>(role); }

TrialRole load_role(ByteReader& in) {
  const auto role = in.get<std::uint8_t>();
  if (role >= trial_roles) in.invalidate();
  return role < trial_roles ? static_cast<TrialRole>(role) : TrialRole::before;
}

void save_member(const Member& member, ByteWriter& out) {
  member.save_model(out);
  member.save_optimizer(out);
  member.save_rate(out);
  member.save_controls(out);
}

}  // namespace

void Trial::begin(TrialRole role) {
  end();
  role_ = role;
  been_champion_ = bit(role);
}

void Trial::add(TrialRole role, std::unique_ptr<Member> member) { challengers_.push_back({role, std::move(member), 0, 0}); }

void Trial::take(Contender& contender, double loss, double cap) const {
  const double bounded = std::isfinite(loss) ? std::clamp(loss, -cap, cap) : cap;
  contender.faded = spec_.fade * contender.faded + (1 - spec_.fade) * bounded;
  contender.sum += bounded;
}

void Trial::learn(const Features& x, double target, double weight, const StepClock& now, double champion_loss, double cap) {
  take(champion_, champion_loss, cap);
  served_ += std::isfinite(champion_loss) ? std::clamp(champion_loss, -cap, cap) : cap;
  for (auto& one : challengers_) {
    one.member->predict(x, scratch_);
    take(one, one.member->evaluate(target), cap);
    (void)one.member->learn(x, target, weight, now);
  }
  ++samples_;
  ++since_swap_;
  if (samples_ == spec_.earliest) keep_best_memory();
}

// Of the archived champions the one that fits what came since; the others cost time for nothing.
void Trial::keep_best_memory() {
  const auto is_memory = [](const Contender& one) { return one.role == TrialRole::memory; };
  const auto worse = [&](const Contender& one) {
    return is_memory(one) && std::ranges::any_of(challengers_, [&](const Contender& other) {
             return is_memory(other) && (other.faded < one.faded || (other.faded == one.faded && &other < &one));
           });
  };
  std::vector<bool> gone;
  for (const auto& one : challengers_) gone.push_back(worse(one));
  for (std::size_t i = gone.size(); i-- > 0;) {
    if (gone[i]) challengers_.erase(challengers_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::optional<TrialRole> Trial::swap(std::unique_ptr<Member>& champion) {
  if (since_swap_ < spec_.earliest) return std::nullopt;
  Contender* best = nullptr;
  for (auto& one : challengers_) {
    const bool good = one.faded < margin * champion_.faded && (been_champion_ & bit(one.role)) == 0;
    const bool undoes = one.role == TrialRole::before && role_ != TrialRole::before && one.faded < margin * champion_.faded;
    if ((good || undoes) && (best == nullptr || one.faded < best->faded)) best = &one;
  }
  if (best == nullptr) return std::nullopt;
  std::swap(best->member, champion);
  std::swap(best->faded, champion_.faded);
  std::swap(best->sum, champion_.sum);
  std::swap(best->role, role_);
  been_champion_ |= bit(role_);
  since_swap_ = 0;
  return role_;
}

bool Trial::has(TrialRole role) const {
  return std::ranges::any_of(challengers_, [&](const Contender& one) { return one.role == role; });
}

std::unique_ptr<Member> Trial::take_before() {
  const auto before = std::ranges::find(challengers_, TrialRole::before, &Contender::role);
  return before == challengers_.end() ? nullptr : std::move(before->member);
}

std::optional<double> Trial::mean_loss() const {
  return samples_ == 0 ? std::nullopt : std::optional(served_ / static_cast<double>(samples_));
}

std::optional<double> Trial::mean_loss_without_response() const {
  if (samples_ == 0) return std::nullopt;
  if (role_ == TrialRole::before) return champion_.sum / static_cast<double>(samples_);
  const auto before = std::ranges::find(challengers_, TrialRole::before, &Contender::role);
  return before == challengers_.end() ? std::nullopt : std::optional(before->sum / static_cast<double>(samples_));
}

void Trial::begin_members(const StepClock& now) {
  for (auto& one : challengers_) one.member->begin(now);
}

void Trial::grow_classes(std::size_t classes) {
  for (auto& one : challengers_) one.member->grow_classes(classes);
}

void Trial::save(ByteWriter& out) const {
  for (const double number : {champion_.faded, champion_.sum, served_}) out.put(number);
  out.put(role_);
  out.put(samples_);
  out.put(since_swap_);
  out.put(been_champion_);
  out.put<std::uint64_t>(challengers_.size());
  for (const auto& one : challengers_) {
    out.put(one.role);
    out.put(one.faded);
    out.put(one.sum);
    save_member(*one.member, out);
  }
}

void Trial::load(ByteReader& in, const MakeMember& make, const StepClock& now) {
  challengers_.clear();
  for (auto* number : {&champion_.faded, &champion_.sum, &served_}) in.get_into(*number);
  role_ = load_role(in);
  in.get_into(samples_);
  in.get_into(since_swap_);
  in.get_into(been_champion_);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto& one = challengers_.emplace_back();
    one.role = load_role(in);
    in.get_into(one.faded);
    in.get_into(one.sum);
    one.member = make();
    one.member->load_model(in);
    one.member->load_optimizer(in);
    one.member->load_rate(in, now);
    one.member->load_controls(in, /*same_shape=*/true);
  }
}

}  // namespace rekindle
