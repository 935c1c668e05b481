#include "learner/memory_need.hpp"

#include "learner/learner.hpp"

namespace rekindle {

namespace {

constexpr std::size_t inputs_of_the_probe = 500;
constexpr double members_of_a_portfolio = 4;
constexpr std::size_t most_kept = 1000;
constexpr double saved = 2.25;  // A state's sections, which grow by a quarter as they are written, and what is packed of them.

// Weights and accumulators in bytes a weight, of all members: read off a small learner of the same kind.
double image_bytes(LearnerSpec spec) {
  spec.sparse_coordinates.reset();
  spec.member.initial.reset();
  spec.member.layers.clear();
  if (spec.member.model.kind == ModelKind::mlp) spec.member.model.hidden = {8};
  const auto probe = make_champion(spec, inputs_of_the_probe, 2);
  const auto image = image_of(*probe);
  return static_cast<double>(image.model.size() + image.optimizer.size()) / static_cast<double>(probe->parameters());
}

std::size_t that_fit(double each, double beside, double weights, std::uint64_t limit) {
  const double left = static_cast<double>(limit) - weights * beside;
  if (left <= 0) return 0;
  return each * weights * static_cast<double>(most_kept) <= left ? most_kept : static_cast<std::size_t>(left / (weights * each));
}

}  // namespace

MemoryNeed memory_need(const LearnerSpec& spec) {
  const double number = spec.member.precision == Precision::float64 ? sizeof(double) : sizeof(float);
  const bool portfolio = spec.mode == LearnerMode::portfolio;
  const auto policy = spec.drift.policy->make(spec.drift.responses);
  const bool responds = policy != nullptr;
  const bool trials = !portfolio && responds && policy->on_probation();
  const double image = image_bytes(spec);
  // Of each member: the gradient, the weights before a step, and four bytes that find a coordinate in a sparse gradient. A
  // portfolio that replaces a member has both for a moment.
  const double members = portfolio ? members_of_a_portfolio : 1;
  const double live = (portfolio ? (members + 1) / members : 1) * (image + members * (2 * number + 4));
  const double beside = (spec.shadow && !portfolio ? 1 : 0) + (trials ? 1 : 0);
  const double kept = portfolio ? 0 : 1;  // The last good state.
  const double board = 2 * number;        // The copies that predictions are asked of.
  MemoryNeed need;
  need.a_weight = live * (1 + beside) + image * kept + saved * image * (1 + beside + kept) + board;
  need.rollback = responds ? image + saved * image : 0;
  need.challenger = trials ? live + saved * image : 0;
  need.archived = trials ? image + saved * image + need.challenger : 0;
  return need;
}

std::size_t MemoryNeed::challengers_that_fit(double weights, std::uint64_t limit) const {
  return 1 + that_fit(challenger, a_weight + rollback, weights, limit);
}

// The next to last and the last champion are kept too, to be archived, and one more as it is taken.
std::size_t MemoryNeed::archived_that_fit(double weights, std::uint64_t limit) const {
  return that_fit(archived, a_weight + rollback + 2 * challenger + 3 * archived, weights, limit);
}

bool fits_memory(const LearnerSpec& spec, const MemoryNeed& need, std::size_t outputs, std::size_t coordinates) {
  const auto& hidden = spec.member.model.hidden;
  const auto units = spec.member.model.kind == ModelKind::mlp && !hidden.empty() ? hidden.front() : outputs;
  const double weights = static_cast<double>(units) * static_cast<double>(coordinates);
  return weights < 4294967296.0 && need.fits(weights, spec.memory_limit);
}

}  // namespace rekindle
