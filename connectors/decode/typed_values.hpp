// From the typed values of a binary record to a sample, by the rules that JSON has: what is a number, a text, missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/decoder.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

// Limits on a record beside its size. They are for what attacks or errs: no sample of use comes near them.
inline constexpr std::size_t deepest_nesting = 64;
inline constexpr std::size_t most_record_values = 1'000'000;
// Of a schema, each member of each nested record counted on each path that leads to it.
inline constexpr std::size_t most_schema_fields = 10'000;

struct TypedValue {
  enum class Kind : std::uint8_t { null, boolean, integer, natural, real, text, other };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  std::uint64_t natural = 0;  // An integer that may be above the largest of the others.
  double real = 0;
  std::string_view text;  // Of `other`: what it is, for people ("bytes", "a map").
};

// Takes the values of one record. False from any of them: the record is refused, `why` says why.
class ValueTarget {
 public:
  virtual ~ValueTarget() = default;
  [[nodiscard]] virtual bool value(std::size_t field, const TypedValue& value) = 0;
  [[nodiscard]] virtual bool begin_array(std::size_t field) = 0;
  [[nodiscard]] virtual bool element(std::size_t field, const TypedValue& value) = 0;
};

// Fields are indexes into the plan's.
class SampleFiller final : public ValueTarget {
 public:
  SampleFiller(const Schema& schema, const DecoderOptions& options);
  void set_layout(const std::vector<std::string>& features);
  [[nodiscard]] const FieldPlan& plan() const { return plan_; }
  // Some field of the plan is a member, or a member's member, of the one at `path`.
  [[nodiscard]] bool leads_to_field(std::string_view path) const;

  // Between the two, the values of one record, in any order; a field at most once.
  void begin(const RawRecord& record, Sample& sample, Rejection& why);
  [[nodiscard]] bool finish();

  // For a caller whose texts do not live until the next record is begun.
  void keep_texts() { keeps_texts_ = true; }

  [[nodiscard]] bool value(std::size_t field, const TypedValue& value) override;
  [[nodiscard]] bool begin_array(std::size_t field) override;
  [[nodiscard]] bool element(std::size_t field, const TypedValue& value) override;

 private:
  [[nodiscard]] bool number(const PlannedField& field, const TypedValue& value, double& out);
  [[nodiscard]] bool category(std::size_t field, const TypedValue& value);
  [[nodiscard]] bool label(std::size_t field, const TypedValue& value, Label& out);
  [[nodiscard]] bool time(const PlannedField& field, const TypedValue& value);
  [[nodiscard]] bool missing(const PlannedField& field);
  // A text as it is, a number or a boolean as JSON writes it; "" of anything else.
  [[nodiscard]] std::string_view text_of(std::size_t field, const TypedValue& value);
  [[nodiscard]] bool is_text(const PlannedField& field, const TypedValue& value);
  bool refuse(RejectReason reason, const PlannedField& field, const std::string& what);

  Schema schema_;
  bool label_may_be_absent_;
  bool keeps_texts_ = false;
  FieldPlan plan_;
  std::size_t features_ = 0;
  Sample* sample_ = nullptr;
  Rejection* why_ = nullptr;
  struct Seen {
    std::uint64_t record = 0;  // That had it last.
    std::size_t elements = 0;  // Of an array.
    std::string text;
  };
  std::vector<Seen> seen_;  // By field.
  std::uint64_t record_ = 0;
};

// The same of the fields that the schema names.
[[nodiscard]] bool leads_to_named(const Schema& schema, std::string_view path);

// What discovery sees: the fields are indexes into `found`, which the decoder fills by its schema; the lengths of arrays are the record's.
class ArrayMeasure final : public ValueTarget {
 public:
  explicit ArrayMeasure(std::vector<FoundField>& found) : found_(found) {}
  [[nodiscard]] bool value(std::size_t /*field*/, const TypedValue& /*value*/) override { return true; }
  [[nodiscard]] bool begin_array(std::size_t field) override {
    found_[field].length = 0;
    return true;
  }
  [[nodiscard]] bool element(std::size_t field, const TypedValue& /*value*/) override {
    ++*found_[field].length;
    return true;
  }

 private:
  std::vector<FoundField>& found_;
};

}  // namespace rekindle
