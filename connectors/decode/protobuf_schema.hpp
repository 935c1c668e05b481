// Schemas of Protobuf: from the text of a .proto file to the descriptors that its records are read by.
#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

// `texts`: of files by the names that imports use, each the text of a .proto file or a FileDescriptorProto in Base64.
// The bytes of a FileDescriptorSet: what `name` imports, and `name` itself last. A file is looked for in `texts`, then in `folder`
// ("": nowhere), and those of google/protobuf come with the library. ErrorCode::data: "NAME:LINE:COLUMN: why".
[[nodiscard]] Result<std::string> compile_proto(const std::string& name, const std::map<std::string, std::string>& texts,
                                                const std::string& folder = {});

class ProtobufTypes {
 public:
  // ErrorCode::data: these are no bytes of a FileDescriptorSet, or an import is not among them.
  [[nodiscard]] static Result<std::unique_ptr<ProtobufTypes>> make(std::string_view descriptor_set);

  // The same types where a member that is a message is entered only if `entered` has its full name; others are bytes, which look the
  // same in a record. So a record of a few bytes cannot make a great many objects that nobody asked for.
  [[nodiscard]] Result<std::unique_ptr<ProtobufTypes>> entering(const std::set<std::string>& entered) const;

  // By its full name or its name in the package of the last file; "": the first of that file. ErrorCode::data: there is none.
  [[nodiscard]] Result<const google::protobuf::Descriptor*> message(const std::string& name) const;
  // By its place: the n-th of the file, the n-th within that, and so on. Null: there is none.
  [[nodiscard]] const google::protobuf::Descriptor* message_at(std::span<const std::int64_t> indexes) const;

  // Empty, of a type of this pool; it must not outlive this.
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> fresh(const google::protobuf::Descriptor& type);

 private:
  ProtobufTypes() = default;
  [[nodiscard]] Status build();
  google::protobuf::FileDescriptorSet files_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

}  // namespace rekindle
