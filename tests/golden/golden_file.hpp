// GoldenFile: one file of reference vectors, and what of it is not followed on purpose.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/choices.hpp"

namespace rekindle::test {

namespace dom = simdjson::dom;

class GoldenFile {
 public:
  // `name` such as "lr_torch".
  explicit GoldenFile(const std::string& name);
  [[nodiscard]] dom::array cases() const { return root_["cases"].get_array(); }
  [[nodiscard]] dom::element shared(std::string_view key) const { return root_["shared"][key]; }

 private:
  dom::parser parser_;
  dom::element root_;
};

[[nodiscard]] std::string text(dom::element element);
[[nodiscard]] double number(dom::element element);  // "inf", "-inf" and "nan" are strings in the files; null is NaN.
[[nodiscard]] std::vector<double> numbers(dom::element element);
[[nodiscard]] std::vector<std::vector<double>> number_rows(dom::element element);
// A flat object of parameters; null means absent.
[[nodiscard]] Table parameters(dom::element element);

// Equal up to `relative` of the larger magnitude, or to `absolute` where both are near zero.
[[nodiscard]] ::testing::AssertionResult close(double ours, double theirs, double relative, double absolute = 0);

// Cases whose name begins with `prefix` are not checked, for the reason beside it.
struct NotOurs {
  std::string_view prefix;
  std::string_view reason;
};
[[nodiscard]] bool is_not_ours(std::string_view name, const std::vector<NotOurs>& list);

}  // namespace rekindle::test
