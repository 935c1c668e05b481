// AvroSchema: a parsed schema, with the attributes that avro-c does not keep.
#pragma once

#include <avro.h>

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

class AvroSchema {
 public:
  // ErrorCode::data: it is no schema, or its top is no record. Names of other subjects are not resolved.
  [[nodiscard]] static Result<AvroSchema> parse(std::string_view text);
  ~AvroSchema();
  AvroSchema(AvroSchema&& other) noexcept;
  AvroSchema& operator=(AvroSchema&&) = delete;
  AvroSchema(const AvroSchema&) = delete;
  AvroSchema& operator=(const AvroSchema&) = delete;

  [[nodiscard]] avro_schema_t root() const { return root_; }

  // What to multiply a number of this field with to have ms: 0.001 for timestamp-micros, 1 where it is no date or time. `path`
  // leads to the field: names of records' fields joined by dots.
  [[nodiscard]] double to_ms(std::string_view path) const;

 private:
  explicit AvroSchema(avro_schema_t root) : root_(root) {}
  avro_schema_t root_;
  std::map<std::string, double, std::less<>> to_ms_;
};

}  // namespace rekindle
