#include "schedule/parts.hpp"

namespace rekindle {

namespace {
// The checked table of one part, its defaults filled in; its mistakes are reported under `key`.
Value checked_part(const Value& given, const std::string& key, Diagnostics& diagnostics) {
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
