#include "app/model_check.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "model/initial.hpp"

namespace rekindle {

std::optional<std::size_t> known_outputs(const Schema& schema) {
  if (schema.task != Task::multiclass) return 1;
  return schema.classes.empty() ? std::nullopt : std::optional(schema.classes.size());
}

std::string too_large(const LearnerSpec& spec, const MemoryNeed& need, std::size_t inputs, std::size_t outputs) {
  const auto parameters = parameter_count(spec.member.model, inputs, outputs);
  if (need.fits(static_cast<double>(parameters), spec.memory_limit)) return "";
  return fmt::format("{} parameters want about {:.0f} MiB of memory with all their copies ({:.0f} bytes each), memory_limit is {} MiB",
                     parameters, static_cast<double>(parameters) * need.a_weight / (1U << 20U), need.a_weight, spec.memory_limit >> 20U);
}

Status check_model(const LearnerSpec& spec, std::size_t features) {
  const auto& member = spec.member;
  const auto outputs = known_outputs(spec.schema);
  if (member.model.kind == ModelKind::mlp) {
    if (auto problem = too_large(spec, memory_need(spec), features, outputs.value_or(1)); !problem.empty())
      return fail(ErrorCode::configuration, "model.hidden: {}", problem);
  }
  if (!member.initial) return {};
  const auto mistakes = mistakes_in_initial(*member.initial, member.model, features, outputs);
  if (mistakes.empty()) return {};
  return fail(ErrorCode::configuration, "model.initial: {}", fmt::join(mistakes, "; "));
}

}  // namespace rekindle
