#include "connectors/file/decoded_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <type_traits>
#include <vector>

#include "base/hash.hpp"
#include "connectors/file/held_blocks.hpp"

namespace rekindle {

namespace {

constexpr std::string_view magic = "rekindle decoded 1\n";

// The last block has no records: a file that was cut short does not pass for a whole one.
struct BlockHead {
  std::uint32_t bytes = 0;
  std::uint32_t records = 0;
  std::uint64_t checksum = 0;
};

// Of a record: then its topic, its command and its decoded form.
struct Frame {
  std::int64_t offset = 0;
  std::int32_t partition = 0;
  std::uint32_t topic_size = 0;
  std::int32_t control_size = -1;  // Below 0: it is no command.
  std::uint32_t payload_size = 0;
};
static_assert(std::has_unique_object_representations_v<Frame>);  // No byte of the file is left to chance.

template <class T>
void write_plain(std::ostream& file, const T& value) {
  file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool read_plain(std::istream& file, T& value) {
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

std::uint64_t checksum_of(std::string_view bytes) { return hash64(std::as_bytes(std::span(bytes))); }

class DecodedSource final : public SampleSource {
 public:
  DecodedSource(std::string path, std::ifstream file, std::uint64_t bytes, std::uint64_t skip)
      : path_(std::move(path)), file_(std::move(file)), bytes_(bytes), skip_(skip) {}

  [[nodiscard]] Status open(const Position& /*position*/) override { return {}; }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds /*patience*/) override {
    records_.clear();
    BlockHead head;
    while (read_plain(file_, head) && head.bytes <= bytes_) {
      if (head.records == 0 && head.bytes == 0 && head.checksum == 0) return PollResult{records_, true};
      if (head.records <= skip_) {
        skip_ -= head.records;
        file_.seekg(head.bytes, std::ios::cur);
        continue;
      }
      if (!read_block(head)) break;
      return PollResult{records_, false, {}, block_};
    }
    return fail(ErrorCode::data, "{}: damaged; take the file away, it is made again", path_);
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& /*record*/) const override { return {}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& /*learned*/, SourceStatus& out) const override { out.type = "file"; }
  void close() override { file_.close(); }

 private:
  [[nodiscard]] bool read_block(const BlockHead& head) {
    block_ = blocks_.next(block_);
    if (block_->size() < head.bytes + payload_padding) block_->resize(std::size_t{head.bytes} + head.bytes / 8 + payload_padding);
    if (!file_.read(block_->data(), head.bytes)) return false;
    std::string_view rest(block_->data(), head.bytes);
    if (checksum_of(rest) != head.checksum) return false;
    for (std::uint32_t i = 0; i < head.records; ++i) {
      if (!read_record(rest)) return false;
    }
    records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(skip_));
    skip_ = 0;
    return rest.empty();
  }

  [[nodiscard]] bool read_record(std::string_view& rest) {
    Frame frame;
    if (rest.size() < sizeof frame) return false;
    std::memcpy(&frame, rest.data(), sizeof frame);
    rest.remove_prefix(sizeof frame);
    const auto control_size = static_cast<std::size_t>(std::max(0, frame.control_size));
    if (frame.topic_size + control_size + frame.payload_size > rest.size()) return false;
    const auto take = [&](std::size_t size) {
      const auto text = rest.substr(0, size);
      rest.remove_prefix(size);
      return text;
    };
    RawRecord record;
    record.topic = kept(take(frame.topic_size));
    const auto control = take(control_size);
    if (frame.control_size >= 0) record.control = control;
    record.payload = take(frame.payload_size);
    record.partition = frame.partition;
    record.offset = frame.offset;
    records_.push_back(record);
    return true;
  }

  // A topic's name lives as long as the source.
  std::string_view kept(std::string_view topic) {
    if (topic != last_topic_) last_topic_ = *topics_.emplace(topic).first;
    return last_topic_;
  }

  std::string path_;
  std::ifstream file_;
  std::uint64_t bytes_;  // No block is longer than the file.
  std::uint64_t skip_;
  HeldBlocks blocks_;
  HeldBlocks::Block block_;
  std::vector<RawRecord> records_;
  std::set<std::string, std::less<>> topics_;
  std::string_view last_topic_;
};

}  // namespace

DecodedFileWriter::DecodedFileWriter(std::string path, std::string temporary)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(temporary_, std::ios::binary | std::ios::trunc) {}

DecodedFileWriter::~DecodedFileWriter() {
  if (!finished_) std::remove(temporary_.c_str());
}

Result<std::unique_ptr<DecodedFileWriter>> DecodedFileWriter::create(const std::string& path, const std::string& identity) {
  std::unique_ptr<DecodedFileWriter> writer(new DecodedFileWriter(path, fmt::format("{}.{}", path, ::getpid())));
  writer->file_ << magic << identity << '\n';
  if (!writer->file_) return fail(ErrorCode::io, "{}: cannot be written: {}", writer->temporary_, std::strerror(errno));
  return writer;
}

void DecodedFileWriter::add(const RawRecord& record) {
  Frame frame;
  frame.offset = record.offset;
  frame.partition = record.partition;
  frame.topic_size = static_cast<std::uint32_t>(record.topic.size());
  if (record.is_control()) frame.control_size = static_cast<std::int32_t>(record.control.size());
  frame.payload_size = static_cast<std::uint32_t>(record.payload.size());
  block_.append(reinterpret_cast<const char*>(&frame), sizeof frame);
  block_.append(record.topic).append(record.control).append(record.payload);
  ++records_;
}

Status DecodedFileWriter::end_block() {
  if (records_ == 0) return {};
  if (block_.size() > 0xFFFFFFFF) return fail(ErrorCode::io, "{}: a block of more than 4 GiB", temporary_);
  write_plain(file_, BlockHead{static_cast<std::uint32_t>(block_.size()), records_, checksum_of(block_)});
  file_.write(block_.data(), static_cast<std::streamsize>(block_.size()));
  block_.clear();
  records_ = 0;
  if (!file_) return fail(ErrorCode::io, "{}: cannot be written: {}", temporary_, std::strerror(errno));
  return {};
}

Status DecodedFileWriter::finish() {
  if (auto status = end_block(); !status) return status;
  write_plain(file_, BlockHead());
  file_.close();
  if (!file_ || std::rename(temporary_.c_str(), path_.c_str()) != 0)
    return fail(ErrorCode::io, "{}: cannot be written: {}", path_, std::strerror(errno));
  finished_ = true;
  return {};
}

std::unique_ptr<SampleSource> open_decoded_file(const std::string& path, const std::string& identity, std::uint64_t skip) {
  std::ifstream file(path, std::ios::binary);
  std::string first(magic.size(), '\0');
  std::string found(identity.size() + 1, '\0');
  if (!file.read(first.data(), static_cast<std::streamsize>(first.size())) || first != magic) return nullptr;
  if (!file.read(found.data(), static_cast<std::streamsize>(found.size())) || found != identity + '\n') return nullptr;
  std::error_code gone;
  return std::make_unique<DecodedSource>(path, std::move(file), std::filesystem::file_size(path, gone), skip);
}

}  // namespace rekindle
