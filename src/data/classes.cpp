#include "data/classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace rekindle {

namespace {
using Numbered = std::pair<double, std::size_t>;
constexpr std::size_t few_classes = 8;  // All of so few are looked at, since a branch by a label is guessed wrong every other time.

std::string name_of(const Label& label) {
  return label.kind == Label::Kind::text ? std::string(label.text) : fmt::format("{}", label.number + 0.0);  // No "-0".
}

std::optional<double> as_number(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // "nan" and "inf" are names like any other; a number label is always finite.
  const bool whole = error == std::errc{} && rest == text.data() + text.size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
}
}  // namespace

ClassTable::ClassTable(const Schema& schema)
    : open_(schema.classes.empty()), limit_(schema.task == Task::binary ? 2 : schema.max_classes), binary_(schema.task == Task::binary) {
  for (const auto& name : schema.classes) add(name);
}

void ClassTable::add(std::string name) {
  by_text_.emplace(name, names_.size());
  if (const auto number = as_number(name)) {
    const auto at = std::ranges::lower_bound(by_number_, *number, {}, &Numbered::first);
    if (at == by_number_.end() || at->first != *number) by_number_.emplace(at, *number + 0.0, names_.size());  // No -0.
  }
  names_.push_back(std::move(name));
}

std::size_t ClassTable::find(const Label& label) const {
  if (label.kind == Label::Kind::number) return find(label.number);
  const auto at = by_text_.find(label.text);
  return at == by_text_.end() ? size() : at->second;
}

std::size_t ClassTable::find(double number) const {
  if (by_number_.size() > few_classes) {
    const auto at = std::ranges::lower_bound(by_number_, number, {}, &Numbered::first);
    return at == by_number_.end() || at->first != number ? size() : at->second;
  }
  std::size_t found = size();
  const auto bits = std::bit_cast<std::uint64_t>(number + 0.0);
  for (const auto& [known, index] : by_number_) {
    const std::uint64_t equal = std::bit_cast<std::uint64_t>(known) == bits;
    found ^= (found ^ index) & (0 - equal);
  }
  return found;
}

std::size_t ClassTable::index_of_new(const Label& label, Rejection& error) {
  const auto name = name_of(label);
  if (!open_) {
    error = {RejectReason::unknown_class, "", fmt::format("label \"{}\" is not one of the classes {}", name, fmt::join(names_, ", "))};
    return size();
  }
  if (binary_ && names_.empty()) {
    for (const auto& [negative, positive] : {std::pair("0", "1"), std::pair("-1", "1"), std::pair("false", "true")}) {
      if (name != negative && name != positive) continue;
      add(negative);
      add(positive);
      zero_is_a_guess_ = name == "1";
      return find(label);
    }
  }
  if (zero_is_a_guess_ && name == "-1") {
    restart_with({"-1", "1"});
    return 0;
  }
  if (names_.size() >= limit_) {
    error = {RejectReason::too_many_classes, "",
             fmt::format("label \"{}\" would be class {} of at most {}", name, names_.size() + 1, limit_)};
    return size();
  }
  add(name);
  return names_.size() - 1;
}

void ClassTable::restart_with(const std::vector<std::string>& names) {
  zero_is_a_guess_ = false;
  names_.clear();
  by_text_.clear();
  by_number_.clear();
  for (const auto& name : names) add(name);
}

void ClassTable::save(ByteWriter& out) const {
  out.put<std::uint64_t>(names_.size());
  for (const auto& name : names_) out.put_string(name);
  out.put(zero_is_a_guess_);
}

void ClassTable::load(ByteReader& in) {
  restart_with({});
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) add(in.get_string());
  zero_is_a_guess_ = in.get<std::uint8_t>() != 0;
}

}  // namespace rekindle
