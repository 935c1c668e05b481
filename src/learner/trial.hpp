// Trial: challengers that learn beside the champion until one of them is better, or the time is over.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "learner/member.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// What a member on trial is: the learner as it was before the response, with a raised rate, restarted, new, or from the archive.
enum class TrialRole : std::uint8_t { before, bump, restart, fresh, memory };
inline constexpr std::size_t trial_roles = 5;

// All see the same samples; each keeps its loss, faded by `TrialSpec::fade`. A challenger is swapped in when, `earliest`
// samples after the beginning or the last swap, its faded loss is below the champion's by 2 %; every role at most once, so a
// trial swaps a bounded number of times. The former champion stays as a challenger: so a response that does harm is undone.
// A trial in which nothing was swapped has changed nothing. `before` learns on as if nothing had been done.
class Trial {
 public:
  using MakeMember = std::function<std::unique_ptr<Member>()>;

  explicit Trial(const TrialSpec& spec) : spec_(spec) {}

  // The champion is in `role` from now on; challengers of an earlier trial are gone.
  void begin(TrialRole role);
  void add(TrialRole role, std::unique_ptr<Member> member);
  void end() { *this = Trial(spec_); }

  [[nodiscard]] bool running() const { return !challengers_.empty(); }
  // The samples of the probation are over.
  [[nodiscard]] bool over() const { return samples_ >= spec_.samples; }

  // One labelled sample; the champion's loss for it comes from outside. `cap` bounds what one sample may cost.
  void learn(const Features& x, double target, double weight, const StepClock& now, double champion_loss, double cap);

  // Swaps the best challenger that is good enough with `champion`, and says what the champion is now.
  [[nodiscard]] std::optional<TrialRole> swap(std::unique_ptr<Member>& champion);
  // The learner as it was before the response, learned on; null where nothing was done yet.
  [[nodiscard]] std::unique_ptr<Member> take_before();

  [[nodiscard]] TrialRole champion_role() const { return role_; }
  [[nodiscard]] bool has(TrialRole role) const;
  // Means over the trial so far: of the loss that was served, and of what no response would have cost (nothing where no copy
  // of the learner from before ran beside).
  [[nodiscard]] std::optional<double> mean_loss() const;
  [[nodiscard]] std::optional<double> mean_loss_without_response() const;

  void begin_members(const StepClock& now);
  void grow_classes(std::size_t classes);
  void save(ByteWriter& out) const;
  void load(ByteReader& in, const MakeMember& make, const StepClock& now);

 private:
  struct Contender {
    TrialRole role = TrialRole::before;
    std::unique_ptr<Member> member;
    double faded = 0;  // Of the loss, from 0: all of one trial are biased alike.
    double sum = 0;
  };
  void take(Contender& contender, double loss, double cap) const;
  void keep_best_memory();

  TrialSpec spec_;
  TrialRole role_ = TrialRole::before;
  Contender champion_;  // Without its member, which the learner owns.
  std::vector<Contender> challengers_;
  double served_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t since_swap_ = 0;
  std::uint32_t been_champion_ = 0;  // A bit for each role.
  Prediction scratch_;
};

}  // namespace rekindle
