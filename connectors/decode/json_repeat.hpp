// JsonRepeat: reads a JSON record that is written like those before it, to the byte but for its values. A parser finds out each time what
// is known by then: which key comes next, and that one value follows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/fields.hpp"
#include "connectors/decode/near_bytes.hpp"
#include "data/sample.hpp"

namespace rekindle {

// Objects of numbers, texts of ASCII and arrays of numbers, with no white space or, as Python's json writes it, one behind each comma and
// colon. Whatever else a record may be is left to the parser, and so is every error: what this reads, a parser would read as the same
// sample.
class JsonRepeat {
 public:
  JsonRepeat() = default;
  JsonRepeat(const FieldPlan& plan, bool is_classification) : fields_(plan.fields()), is_classification_(is_classification) {}

  // Fills those fields of a begun sample that are in the record, all but `absent`. False: it is written otherwise; what is filled then
  // means nothing. `payload_padding` readable bytes follow the payload.
  [[nodiscard]] bool read(std::string_view payload, Sample& sample);
  // Indices of the plan's fields that are not in such records.
  [[nodiscard]] std::span<const std::size_t> absent() const { return absent_; }

  // A parser has read this record, which has those fields, by their indices, in this order; JsonKeys::none: one that nothing is wanted of.
  void learn(std::span<const std::size_t> order, std::string_view payload);

 private:
  // A text, and a value behind it.
  struct Step {
    std::string text;
    FieldRole role;
    std::size_t first;  // Where in the sample's values or categories.
    bool wanted = true;
    Beginning beginning = Beginning::of(text);
  };
  // In memory, as in EitherByte.
  struct NumberEnds {
    NumberEnds();
    alignas(32) std::array<char, 32> comma;
    alignas(32) std::array<char, 32> both;  // The bits that ']' and '}' share; they are those of ']'.
    alignas(32) std::array<char, 32> bracket;
  };
  [[nodiscard]] std::size_t number_size(const char* at) const;
  [[nodiscard]] bool read_steps(std::string_view payload, Sample& sample) const;
  [[nodiscard]] bool read_step(const Step& step, const char*& at, const char* end, Sample& sample) const;
  [[nodiscard]] static bool take(const Step& step, std::string_view token, double value, Sample& sample);
  [[nodiscard]] bool take(const Step& step, std::string_view text, Sample& sample) const;
  [[nodiscard]] bool plan_steps(std::string_view payload, std::string_view space);

  NumberEnds ends_;
  std::vector<PlannedField> fields_;
  bool is_classification_ = false;
  std::vector<std::size_t> order_;      // Of `steps_`.
  std::vector<std::size_t> candidate_;  // Seen once.
  std::vector<std::size_t> absent_;
  std::vector<Step> steps_;
  std::string end_;             // Behind the last value.
  std::uint64_t failures_ = 0;  // In a row.
};

}  // namespace rekindle
