// Values for schedules that hold schedules.
#pragma once

#include <string>
#include <vector>

#include "support/choices.hpp"

namespace rekindle::test {

[[nodiscard]] inline Array reals(const std::vector<double>& values) {
  Array out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i].data = values[i];
  return out;
}

[[nodiscard]] inline Value part(const std::string& type, Entries given) {
  given.emplace_back("type", type);
  return Value(table(given));
}
[[nodiscard]] inline Value::Data one(const std::string& type, Entries given) { return part(type, std::move(given)).data; }

}  // namespace rekindle::test
