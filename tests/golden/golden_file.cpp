#include "golden_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rekindle::test {

GoldenFile::GoldenFile(const std::string& name) : root_(parser_.load(fmt::format("{}/{}.json", REKINDLE_GOLDEN_DATA, name))) {}

std::string text(dom::element element) { return std::string(std::string_view(element.get_string())); }

double number(dom::element element) {
  if (element.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!element.is_string()) return element.get_double();
  const auto name = text(element);
  if (name == "inf") return std::numeric_limits<double>::infinity();
  if (name == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> numbers(dom::element element) {
  std::vector<double> out;
  for (const auto one : element.get_array()) out.push_back(number(one));
  return out;
}

std::vector<std::vector<double>> number_rows(dom::element element) {
  std::vector<std::vector<double>> out;
  for (const auto one : element.get_array()) out.push_back(numbers(one));
  return out;
}

namespace {
Value::Data data(dom::element element) {
  switch (element.type()) {
    case dom::element_type::BOOL: return bool(element);
    case dom::element_type::INT64:
    case dom::element_type::UINT64: return std::int64_t(element);
    case dom::element_type::DOUBLE: return double(element);
    case dom::element_type::STRING: return text(element);
    case dom::element_type::ARRAY: {
      Array array;
      for (const auto one : element.get_array()) array.emplace_back(data(one));
      return array;
    }
    case dom::element_type::OBJECT: return parameters(element);
    case dom::element_type::NULL_VALUE: break;
  }
  return std::monostate{};
}
}  // namespace

Table parameters(dom::element element) {
  Table out;
  for (const auto field : element.get_object()) {
    if (!field.value.is_null()) out.set(std::string(field.key), Value(data(field.value)), {});
  }
  return out;
}

::testing::AssertionResult close(double ours, double theirs, double relative, double absolute) {
  const double allowed = std::max(absolute, relative * std::max(std::abs(ours), std::abs(theirs)));
  if (ours == theirs || std::abs(ours - theirs) <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << fmt::format("ours {} theirs {}, off by {:.3g}, allowed {:.3g}", ours, theirs, ours - theirs,
                                                      allowed);
}

bool is_not_ours(std::string_view name, const std::vector<NotOurs>& list) {
  return std::ranges::any_of(list, [&](const auto& one) { return name.starts_with(one.prefix); });
}

}  // namespace rekindle::test
