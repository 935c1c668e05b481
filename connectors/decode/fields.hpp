// FieldPlan: which slot of a sample each field of a record fills.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

enum class FieldRole : std::uint8_t { feature, feature_array, label, weight, id, time, category, offset, incumbent };

// Longer texts are no categories, but a mistake in the schema.
inline constexpr std::size_t longest_category = 256;

struct PlannedField {
  std::string name;
  FieldRole role = FieldRole::feature;
  std::size_t first = 0;  // Index of the feature, of an array's first, or of the categorical field.
  std::size_t count = 1;  // Length of the array.
  MissingPolicy missing = MissingPolicy::reject;
};

class FieldPlan {
 public:
  FieldPlan() = default;
  // Consecutive features "x[0]", "x[1]", ... are one array field "x".
  FieldPlan(const Schema& schema, const std::vector<std::string>& features);

  [[nodiscard]] const std::vector<PlannedField>& fields() const { return fields_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

 private:
  void add(std::string name, FieldRole role, std::size_t first = 0, std::size_t count = 1, MissingPolicy missing = MissingPolicy::reject);
  std::vector<PlannedField> fields_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

// A field of a record as discovery sees it.
struct FoundField {
  std::string name;
  bool numeric = false;
  bool nested = false;                // At the end of a path: taken where the schema names it, not by itself.
  std::optional<std::size_t> length;  // Of an array.
};

// The features by their final names: those that the schema lists, or every numeric field that it does not name otherwise.
// Nothing: `why` says what is missing, and what may have been meant.
[[nodiscard]] std::optional<std::vector<std::string>> choose_features(const Schema& schema, std::span<const FoundField> found,
                                                                      Rejection& why);

// True when the schema gives this field another role than a feature.
[[nodiscard]] bool is_named_otherwise(const Schema& schema, std::string_view field);

// False: there is nothing to decode, or more than `max_record_bytes`.
[[nodiscard]] bool may_be_decoded(const RawRecord& record, std::size_t max_record_bytes, Rejection& why);

// The sample as it is before its record is read: nothing known but the time that the record came with.
void begin_sample(const RawRecord& record, std::size_t features, std::size_t categories, Sample& sample);

// A text of a categorical field. False: it is too long.
[[nodiscard]] bool take_category(const std::string& field, std::string_view text, std::string_view& out, Rejection& why);

// The number that stands for a feature that is not there; with MissingPolicy::reject nothing does.
[[nodiscard]] constexpr double stand_in(MissingPolicy policy) { return policy == MissingPolicy::zero ? 0 : missing_value; }

// "2026-11-23T10:00:00Z", with an offset or fractions: ms since 1970. Nothing when it is not RFC 3339.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace rekindle
