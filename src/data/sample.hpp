// Sample: one decoded record. Rejection: why a record cannot be learned.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

// A feature that the record did not have, where the schema allows that. Non-finite input never gets this far.
inline constexpr double missing_value = std::numeric_limits<double>::quiet_NaN();

struct Label {
  enum class Kind : std::uint8_t { absent, number, text };
  Kind kind = Kind::absent;
  double number = 0;
  std::string_view text;  // Valid as long as the record it came from.
};

// "" for a label that is no text.
[[nodiscard]] constexpr std::string_view text_of(const Label& label) {
  return label.kind == Label::Kind::text ? label.text : std::string_view();
}

// One coordinate of the sparse part of a sample.
struct SparseEntry {
  std::uint32_t index = 0;
  double value = 0;
};

struct Sample {
  std::vector<double> values;       // In the order of the feature layout; `missing_value` where allowed.
  std::vector<SparseEntry> sparse;  // Hashed features, ascending by index, each index once; not scaled.
  // The texts of the categorical fields, in the order of the schema; "" = missing. Valid as long as the record.
  std::vector<std::string_view> categories;
  Label label;
  Label incumbent;  // What the present system predicted, where the schema names it.
  double weight = 1;
  double offset = 0;         // Added to the model's raw score.
  std::int64_t time_ms = 0;  // Event time, ms since 1970.
  std::string_view id;       // "" = none.
};

enum class RejectReason : std::uint8_t {
  undecodable,
  missing_field,
  missing_label,
  wrong_type,
  non_finite,
  too_large,
  unknown_class,
  too_many_classes,
  bad_weight,
};

inline constexpr std::array<std::string_view, 9> reject_reason_names = {"undecodable",   "missing_field",    "missing_label",
                                                                        "wrong_type",    "non_finite",       "too_large",
                                                                        "unknown_class", "too_many_classes", "bad_weight"};

[[nodiscard]] constexpr std::string_view to_string(RejectReason reason) { return reject_reason_names[static_cast<std::size_t>(reason)]; }

struct Rejection {
  RejectReason reason = RejectReason::undecodable;
  std::string field;   // "" where no single field is to blame.
  std::string detail;  // For people; never the contents of a whole record.
};

}  // namespace rekindle
