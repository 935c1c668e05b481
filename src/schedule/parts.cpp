#include "schedule/parts.hpp"

#include "schedule/plateau.hpp"

namespace rekindle {

namespace {
// The checked table of one part, its defaults filled in; its mistakes are reported under `key`.
Value checked_part(const Value& given, const std::string& key, Diagnostics& diagnostics) {
  const auto* type = given.table()->find("type");
  if (type != nullptr && type->value.string() != nullptr && *type->value.string() == plateau_row_name) {
    diagnostics.error(type->value.place, key + ".type", "a plateau follows the loss, so it cannot be part of another schedule");
  }
  return Value(check_choice(schedules(), {}, *given.table(), key, diagnostics, given.place).parameters.table(), given.place);
}
}  // namespace

void check_part(Parameters& p, const std::string& prefix, Diagnostics& diagnostics) {
  p.set("schedule", checked_part(*p.find("schedule"), prefix + ".schedule", diagnostics));
}

void check_parts(Parameters& p, const std::string& prefix, Diagnostics& diagnostics) {
  const auto& given = *p.find("schedules");
  Array parts;
  for (std::size_t i = 0; i < given.array()->size(); ++i) {
    parts.push_back(checked_part((*given.array())[i], fmt::format("{}.schedules[{}]", prefix, i), diagnostics));
  }
  p.set("schedules", Value(std::move(parts), given.place));
}

SchedulePointer make_part(const Value& part, double lr) {
  Parameters p;
  for (const auto& entry : part.table()->entries()) p.set(entry.key, entry.value);
  return find_row(schedules(), p.string("type"))->make(p, p.has("lr") ? p.real("lr") : lr);
}

std::vector<SchedulePointer> make_parts(const Parameters& p, double lr) {
  std::vector<SchedulePointer> parts;
  for (const auto& part : *p.find("schedules")->array()) parts.push_back(make_part(part, lr));
  return parts;
}

}  // namespace rekindle
