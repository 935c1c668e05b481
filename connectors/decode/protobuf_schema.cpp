#include "connectors/decode/protobuf_schema.hpp"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

#include "base/base64.hpp"

namespace rekindle {

namespace {

namespace pb = google::protobuf;

// The first mistake, as a compiler says it.
class Mistakes final : public pb::compiler::MultiFileErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    if (first.empty())
      first = line < 0 ? fmt::format("{}: {}", file, message) : fmt::format("{}:{}:{}: {}", file, line + 1, column + 1, message);
  }
  void AddError(const std::string& file, const std::string& element, const pb::Message* /*descriptor*/, ErrorLocation /*where*/,
                const std::string& message) override {
    if (first.empty()) first = fmt::format("{}: {}: {}", file, element, message);
  }
  std::string first;
};

// What the library brings itself, as text.
const pb::FileDescriptor* well_known(const std::string& name) {
  return name.starts_with("google/protobuf/") ? pb::DescriptorPool::generated_pool()->FindFileByName(name) : nullptr;
}

class Sources final : public pb::compiler::SourceTree {
 public:
  Sources(const std::map<std::string, std::string>& texts, const std::string& folder) : texts_(texts), has_folder_(!folder.empty()) {
    if (has_folder_) disk_.MapPath("", folder);
  }
  pb::io::ZeroCopyInputStream* Open(const std::string& name) override {
    if (const auto text = texts_.find(name); text != texts_.end()) return stream_of(text->second);
    if (auto* file = has_folder_ ? disk_.Open(name) : nullptr) return file;
    const auto* known = well_known(name);
    return known == nullptr ? nullptr : stream_of(known->DebugString());
  }
  std::string GetLastErrorMessage() override { return "there is no such file"; }

 private:
  // The stream does not own its text.
  pb::io::ZeroCopyInputStream* stream_of(std::string text) {
    const auto& kept = *kept_.emplace_back(std::make_unique<std::string>(std::move(text)));
    return new pb::io::ArrayInputStream(kept.data(), static_cast<int>(kept.size()));
  }
  const std::map<std::string, std::string>& texts_;
  bool has_folder_;
  pb::compiler::DiskSourceTree disk_;
  std::vector<std::unique_ptr<std::string>> kept_;
};

void add(const pb::FileDescriptor& file, std::set<std::string>& there, pb::FileDescriptorSet& out) {
  if (!there.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) add(*file.dependency(i), there, out);
  file.CopyTo(out.add_file());
}

// Serializers register a descriptor, in Base64, where they have no text. False: it is text.
bool add_compiled(const std::string& name, const std::string& text, pb::SimpleDescriptorDatabase& out) {
  const auto bytes = from_base64(text);
  pb::FileDescriptorProto file;
  if (!bytes || bytes->empty() || !file.ParseFromString(*bytes)) return false;
  file.set_name(name);
  return out.Add(file);
}

void close_members(pb::DescriptorProto& type, const std::string& full_name, const std::set<std::string>& entered) {
  for (auto& field : *type.mutable_field()) {
    if (field.type() != pb::FieldDescriptorProto::TYPE_MESSAGE || entered.contains(full_name + "." + field.name())) continue;
    field.set_type(pb::FieldDescriptorProto::TYPE_BYTES);
    field.clear_type_name();
    field.clear_options();
  }
  for (auto& nested : *type.mutable_nested_type()) {
    if (nested.options().map_entry()) nested.clear_options();
    close_members(nested, full_name + "." + nested.name(), entered);
  }
}

}  // namespace

Result<std::string> compile_proto(const std::string& name, const std::map<std::string, std::string>& texts, const std::string& folder) {
  const pb::LogSilencer quiet;  // What it has to say goes to Mistakes.
  std::map<std::string, std::string> sources_only;
  pb::SimpleDescriptorDatabase compiled;
  for (const auto& [file, text] : texts) {
    if (!add_compiled(file, text, compiled)) sources_only.emplace(file, text);
  }
  Sources sources(sources_only, folder);
  Mistakes mistakes;
  pb::compiler::SourceTreeDescriptorDatabase parsed(&sources);
  parsed.RecordErrorsTo(&mistakes);
  pb::MergedDescriptorDatabase both(&compiled, &parsed);
  pb::DescriptorPool pool(&both, parsed.GetValidationErrorCollector());
  const auto* file = pool.FindFileByName(name);
  if (file == nullptr) return fail(ErrorCode::data, "{}", mistakes.first.empty() ? name + ": no Protobuf schema" : mistakes.first);
  pb::FileDescriptorSet files;
  std::set<std::string> there;
  add(*file, there, files);
  return files.SerializeAsString();
}

Result<std::unique_ptr<ProtobufTypes>> ProtobufTypes::make(std::string_view descriptor_set) {
  std::unique_ptr<ProtobufTypes> types(new ProtobufTypes());
  const bool parsed = types->files_.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()));
  if (!parsed || types->files_.file_size() == 0)
    return fail(ErrorCode::data, "neither a .proto file nor a FileDescriptorSet (protoc --include_imports --descriptor_set_out)");
  if (auto status = types->build(); !status) return tl::unexpected(status.error());
  return types;
}

Result<std::unique_ptr<ProtobufTypes>> ProtobufTypes::entering(const std::set<std::string>& entered) const {
  std::unique_ptr<ProtobufTypes> types(new ProtobufTypes());
  types->files_ = files_;
  for (auto& file : *types->files_.mutable_file()) {
    for (auto& type : *file.mutable_message_type())
      close_members(type, file.package().empty() ? type.name() : file.package() + "." + type.name(), entered);
  }
  if (auto status = types->build(); !status) return tl::unexpected(status.error());
  return types;
}

Status ProtobufTypes::build() {
  const pb::LogSilencer quiet;
  Mistakes mistakes;
  for (const auto& file : files_.file()) {
    for (const auto& import : file.dependency()) {
      if (pool_.FindFileByName(import) != nullptr) continue;
      const auto* known = well_known(import);
      if (known == nullptr)
        return fail(ErrorCode::data, "{} imports {}, which is not in the set before it (protoc --include_imports)", file.name(), import);
      pb::FileDescriptorSet more;
      std::set<std::string> there;
      add(*known, there, more);
      for (const auto& one : more.file()) {
        if (pool_.FindFileByName(one.name()) == nullptr) (void)pool_.BuildFile(one);
      }
    }
    if (pool_.FindFileByName(file.name()) != nullptr) continue;
    file_ = pool_.BuildFileCollectingErrors(file, &mistakes);
    if (file_ == nullptr) return fail(ErrorCode::data, "{}", mistakes.first);
  }
  file_ = pool_.FindFileByName(files_.file(files_.file_size() - 1).name());
  return {};
}

Result<const pb::Descriptor*> ProtobufTypes::message(const std::string& name) const {
  if (name.empty()) {
    if (file_->message_type_count() != 0) return file_->message_type(0);
    return fail(ErrorCode::data, "{} has no message", file_->name());
  }
  const auto* found = pool_.FindMessageTypeByName(name);
  if (found == nullptr) found = pool_.FindMessageTypeByName(file_->package() + "." + name);
  if (found != nullptr) return found;
  std::vector<std::string> names;
  for (int i = 0; i < file_->message_type_count(); ++i) names.push_back(file_->message_type(i)->full_name());
  return fail(ErrorCode::data, "there is no message {}; there are {}", name, fmt::join(names, ", "));
}

const pb::Descriptor* ProtobufTypes::message_at(std::span<const std::int64_t> indexes) const {
  const pb::Descriptor* type = nullptr;
  for (const auto index : indexes) {
    const auto count = type == nullptr ? file_->message_type_count() : type->nested_type_count();
    if (index < 0 || index >= count) return nullptr;
    type = type == nullptr ? file_->message_type(static_cast<int>(index)) : type->nested_type(static_cast<int>(index));
  }
  return type;
}

std::unique_ptr<pb::Message> ProtobufTypes::fresh(const pb::Descriptor& type) {
  return std::unique_ptr<pb::Message>(factory_.GetPrototype(&type)->New());
}

}  // namespace rekindle
