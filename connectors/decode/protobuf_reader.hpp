// ProtobufReader: reads records of one message type, and hands over the values that somebody wants.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/decode/protobuf_schema.hpp"
#include "connectors/decode/typed_values.hpp"

namespace rekindle {

class ProtobufReader {
 public:
  // What is made of a field; `is_record`: it is a message with members of its own, that are asked for in their turn where it is entered.
  struct Choice {
    std::optional<std::size_t> target;
    bool enter = false;
  };
  using Choose = std::function<Choice(const FoundField& field, bool is_record)>;

  // `type` is of `types`. ErrorCode::data: more than `most_schema_fields` fields.
  [[nodiscard]] static Result<ProtobufReader> make(const ProtobufTypes& types, const google::protobuf::Descriptor& type,
                                                   const Choose& choose);

  // One record, whole.
  [[nodiscard]] bool read(std::string_view bytes, ValueTarget& target, Rejection& why);

  // One field, and what to do with it.
  struct Step;

 private:
  ProtobufReader() = default;
  std::unique_ptr<ProtobufTypes> types_;
  std::shared_ptr<const std::vector<Step>> steps_;
  std::unique_ptr<google::protobuf::Message> message_;  // Its buffers are reused.
  std::string scratch_;
};

}  // namespace rekindle
