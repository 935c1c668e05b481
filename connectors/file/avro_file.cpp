#include "connectors/file/avro_file.hpp"

#include <avro.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <vector>

#include "connectors/decode/avro_memory.hpp"

namespace rekindle {

namespace {

constexpr std::size_t longest_record = std::size_t{256} << 20;

struct CloseReader {
  void operator()(avro_file_reader_t reader) const { avro_file_reader_close(reader); }
};
struct FreeWriter {
  void operator()(avro_writer_t writer) const { avro_writer_free(writer); }
};
using ReaderPointer = std::unique_ptr<std::remove_pointer_t<avro_file_reader_t>, CloseReader>;
using WriterPointer = std::unique_ptr<std::remove_pointer_t<avro_writer_t>, FreeWriter>;

// A value of the file's schema, as avro-c holds it.
class GenericValue {
 public:
  explicit GenericValue(avro_schema_t schema) : class_(avro_generic_class_from_schema(schema)) {
    usable_ = class_ != nullptr && avro_generic_value_new(class_, &value_) == 0;
  }
  ~GenericValue() {
    if (usable_) avro_value_decref(&value_);
    if (class_ != nullptr) avro_value_iface_decref(class_);
  }
  GenericValue(const GenericValue&) = delete;
  GenericValue& operator=(const GenericValue&) = delete;
  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] avro_value_t* get() { return &value_; }

 private:
  avro_value_iface_t* class_;
  avro_value_t value_{};
  bool usable_ = false;
};

std::string json_of(avro_schema_t schema) {
  std::string text;
  for (std::size_t size = std::size_t{1} << 16; size <= std::size_t{1} << 24; size *= 4) {
    text.resize(size);
    const WriterPointer writer(avro_writer_memory(text.data(), static_cast<std::int64_t>(size)));
    if (avro_schema_to_json(schema, writer.get()) != 0) continue;
    text.resize(static_cast<std::size_t>(avro_writer_tell(writer.get())));
    return text;
  }
  return {};
}

class AvroFileSource final : public SampleSource {
 public:
  explicit AvroFileSource(std::string path) : path_(std::move(path)), topic_(path_.substr(path_.find_last_of('/') + 1)) {}

  [[nodiscard]] Status open(const Position& position) override {
    const auto* at = position.find(topic_, 0);
    skip_until_ = at == nullptr ? 0 : at->next;
    next_ = 0;
    at_end_ = false;
    std::FILE* const file = std::fopen(path_.c_str(), "rbe");
    if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno));
    const AvroMemoryLimit limit(longest_record);
    avro_file_reader_t reader = nullptr;
    if (avro_file_reader_fp(file, path_.c_str(), /*should_close=*/1, &reader) != 0)
      return fail(ErrorCode::data, "{}: not a container file of Avro: {}", path_, avro_strerror());
    reader_.reset(reader);
    const auto schema = avro_file_reader_get_writer_schema(reader);
    schema_ = {SchemaKind::avro, json_of(schema), {}, false, {}};
    value_ = std::make_unique<GenericValue>(schema);
    avro_schema_decref(schema);
    if (!value_->usable()) return fail(ErrorCode::data, "{}: its schema cannot be used: {}", path_, avro_strerror());
    return {};
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds /*patience*/) override {
    records_.clear();
    while (records_.size() < records_of_a_poll && !at_end_) {
      if (auto status = read_one(); !status) return tl::unexpected(status.error());
    }
    return PollResult{records_, at_end_, {}};
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& /*record*/) const override { return {}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}

  void report(const Position& learned, SourceStatus& out) const override {
    out.type = "file";
    out.connected = reader_ != nullptr;
    out.caught_up = at_end_;
    const auto* at = learned.find(topic_, 0);
    out.partitions = {{topic_, 0, at == nullptr ? 0 : at->next, std::nullopt, std::nullopt}};
  }

  void close() override { reader_.reset(); }

 private:
  [[nodiscard]] Status read_one() {
    const AvroMemoryLimit limit(longest_record);
    avro_value_reset(value_->get());
    const int error = avro_file_reader_read_value(reader_.get(), value_->get());
    at_end_ = error == EOF;
    if (at_end_) return {};
    if (error != 0) return fail(ErrorCode::data, "{}: record {}: not of the file's schema, or the file is damaged there", path_, next_);
    const auto index = next_++;
    if (index < skip_until_) return {};
    if (payloads_.size() == records_.size()) payloads_.emplace_back();
    auto& payload = payloads_[records_.size()];
    if (auto status = write(payload); !status) return status;
    RawRecord record;
    record.topic = topic_;
    record.offset = index;
    record.payload = std::string_view(payload).substr(0, payload.size() - payload_padding);
    record.schema = &schema_;
    records_.push_back(record);
    return {};
  }

  // The record as a topic has it.
  [[nodiscard]] Status write(std::string& out) {
    std::size_t size = 0;
    if (avro_value_sizeof(value_->get(), &size) != 0 || size > longest_record)
      return fail(ErrorCode::data, "{}: record {}: more than {} bytes", path_, next_ - 1, longest_record);
    out.resize(size + payload_padding);
    const WriterPointer writer(avro_writer_memory(out.data(), static_cast<std::int64_t>(size)));
    if (avro_value_write(writer.get(), value_->get()) == 0) return {};
    return fail(ErrorCode::data, "{}: record {}: cannot be written as a topic has it", path_, next_ - 1);
  }

  std::string path_;
  std::string topic_;
  WriterSchema schema_;
  ReaderPointer reader_;
  std::unique_ptr<GenericValue> value_;
  std::int64_t next_ = 0;
  std::int64_t skip_until_ = 0;
  bool at_end_ = false;
  std::deque<std::string> payloads_;  // Of `records_`; their places are kept.
  std::vector<RawRecord> records_;
};

}  // namespace

bool is_avro_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == std::string_view("Obj\x01", 4);
}

std::unique_ptr<SampleSource> make_avro_file_source(std::string path) { return std::make_unique<AvroFileSource>(std::move(path)); }

}  // namespace rekindle
