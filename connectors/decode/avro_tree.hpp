// AvroTree: takes records of one schema apart, with avro-c's consumers, and hands over the values that somebody wants.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/avro_schema.hpp"
#include "connectors/decode/typed_values.hpp"

namespace rekindle {

struct AvroNode;
struct AvroRun;

class AvroTree {
 public:
  // What is made of a field.
  struct Choice {
    std::optional<std::size_t> target;  // Where its values go; nothing: nobody wants them.
    bool is_time = false;               // Its number becomes ms.
    bool enter = false;                 // Of a record: its members are asked for in their turn.
  };
  // Asked for each field of the schema by its path; `field` is what is there as far as the schema can tell.
  using Choose = std::function<Choice(const FoundField& field, bool is_record)>;

  // ErrorCode::data: more than `most_schema_fields` fields.
  [[nodiscard]] static Result<AvroTree> make(AvroSchema schema, const Choose& choose);
  ~AvroTree();
  AvroTree(AvroTree&&) noexcept;
  AvroTree& operator=(AvroTree&&) = delete;
  AvroTree(const AvroTree&) = delete;
  AvroTree& operator=(const AvroTree&) = delete;

  // One record, whole: bytes that are left over are a mistake.
  [[nodiscard]] bool read(std::string_view bytes, ValueTarget& target, Rejection& why);

 private:
  AvroTree();
  std::unique_ptr<AvroSchema> schema_;
  std::vector<std::unique_ptr<AvroNode>> nodes_;
  std::unique_ptr<AvroRun> run_;
  AvroNode* root_ = nullptr;
  friend class AvroTreeBuilder;
};

}  // namespace rekindle
