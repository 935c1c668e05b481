#include "app/model_check.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "model/initial.hpp"

namespace rekindle {

std::optional<std::size_t> known_outputs(const Schema& schema) {
  if (schema.task != Task::multiclass) return 1;
  return schema.classes.empty() ? std::nullopt : std::optional(schema.classes.size());
}

std::string too_large(const MemberSpec& member, std::size_t inputs, std::size_t outputs, std::int64_t memory_limit) {
  // Weight, gradient, up to three accumulators and what undoes a step; then the encoded state and its copy for the writer.
  constexpr std::uint64_t copies = 8;
  const auto parameters = parameter_count(member.model, inputs, outputs);
  const std::uint64_t bytes = parameters * copies * (member.precision == Precision::float64 ? 8 : 4);
  if (bytes <= static_cast<std::uint64_t>(memory_limit)) return "";
  return fmt::format("{} parameters want about {} MiB of memory, memory_limit is {} MiB", parameters, bytes >> 20U, memory_limit >> 20);
}

Status check_model(const LearnerSpec& spec, std::size_t features, std::int64_t memory_limit) {
  const auto& member = spec.member;
  const auto outputs = known_outputs(spec.schema);
  if (member.model.kind == ModelKind::mlp) {
    if (auto problem = too_large(member, features, outputs.value_or(1), memory_limit); !problem.empty())
      return fail(ErrorCode::configuration, "model.hidden: {}", problem);
  }
  if (!member.initial) return {};
  const auto mistakes = mistakes_in_initial(*member.initial, member.model, features, outputs);
  if (mistakes.empty()) return {};
  return fail(ErrorCode::configuration, "model.initial: {}", fmt::join(mistakes, "; "));
}

}  // namespace rekindle
