#include "connectors/file/line_source.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

#include "connectors/decode/recording.hpp"
#include "connectors/file/byte_stream.hpp"
#include "connectors/file/held_blocks.hpp"

namespace rekindle {

namespace {

constexpr std::size_t block_size = std::size_t{128} << 10;  // What a core keeps near until its lines are taken.
constexpr std::size_t longest_line = std::size_t{256} << 20;

class LineSource final : public SampleSource {
 public:
  LineSource(std::string path, LineOptions options)
      : path_(std::move(path)), topic_(path_.substr(path_.find_last_of('/') + 1)), options_(options), bytes_(path_) {
    batch_.reserve(records_of_a_poll);
  }

  [[nodiscard]] Status open(const Position& position) override {
    const auto* at = position.find(topic_, 0);
    skip_until_ = at == nullptr ? 0 : at->next;
    return bytes_.open();
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override {
    batch_.clear();
    while (batch_.empty() && !finished_) {
      take_lines();
      if (!batch_.empty() || finished_) break;
      const auto more = refill(patience);
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
    }
    return PollResult{batch_, finished_, {}, block_};
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& /*record*/) const override { return {}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}

  void report(const Position& learned, SourceStatus& out) const override {
    out.type = "file";
    out.connected = bytes_.is_open();
    out.caught_up = finished_ || waiting_;
    const auto* at = learned.find(topic_, 0);
    out.partitions = {{topic_, 0, at == nullptr ? 0 : at->next, std::nullopt, std::nullopt}};
  }

  void close() override { bytes_.close(); }

 private:
  // Complete lines between `begin_` and `end_`; the last one too when the file has ended.
  void take_lines() {
    while (batch_.size() < records_of_a_poll && begin_ < end_) {
      const char* const first = block_->data() + begin_;
      const auto* newline = static_cast<const char*>(std::memchr(first, '\n', end_ - begin_));
      if (newline == nullptr && !ended_) return;
      const char* const last = newline == nullptr ? block_->data() + end_ : newline;
      begin_ = static_cast<std::size_t>(last - block_->data()) + (newline == nullptr ? 0 : 1);
      add(first, last);
    }
    finished_ = ended_ && begin_ == end_;
  }

  void add(const char* first, const char* last) {
    const std::int64_t index = line_++;
    if (last > first && last[-1] == '\r') --last;
    if (last == first) return;
    const std::string_view line(first, static_cast<std::size_t>(last - first));
    if (options_.header && column_names_.empty()) {
      options_.header = !is_recording_line(line);
      if (options_.header) column_names_ = line;
      if (options_.header) return;
    }
    if (index < skip_until_) return;
    RawRecord record;
    record.topic = topic_;
    record.offset = index;
    record.payload = line;
    record.column_names = column_names_;
    batch_.push_back(record);
  }

  // False: nothing came within the patience.
  Result<bool> refill(std::chrono::milliseconds patience) {
    const std::size_t kept = end_ - begin_;
    if (kept > longest_line) return fail(ErrorCode::data, "{}:{}: a line of more than {} bytes", path_, line_ + 1, longest_line);
    keep_rest(kept);
    const auto got = bytes_.read(std::span(*block_).subspan(end_, block_->size() - payload_padding - end_), patience);
    if (!got) return tl::unexpected(got.error());
    end_ += got->bytes;
    waiting_ = got->ended && options_.follow;
    if (waiting_) return wait(patience);
    if (!got->ended) return got->bytes != 0;
    if (auto status = bytes_.check_end(); !status) return tl::unexpected(status.error());
    ended_ = true;
    finished_ = kept == 0;
    return true;
  }

  // The rest goes to the front of a block that has room for more and that nobody reads.
  void keep_rest(std::size_t kept) {
    auto next = blocks_.next(block_);
    if (next->size() < kept + block_size + payload_padding) next->resize(2 * (kept + block_size) + payload_padding);
    if (kept != 0) std::memmove(next->data(), block_->data() + begin_, kept);
    block_ = std::move(next);
    begin_ = 0;
    end_ = kept;
  }

  // At the end of a file that may grow.
  Result<bool> wait(std::chrono::milliseconds patience) {
    auto problem = bytes_.changed();
    const auto lines = line_ + (begin_ < end_ ? 1 : 0);
    if (problem.empty() && lines < skip_until_) problem = fmt::format("has {} lines and no line {}", lines, skip_until_);
    if (problem.empty()) {
      std::this_thread::sleep_for(patience);
      return false;
    }
    if (!options_.restart) {
      return fail(ErrorCode::source_lost,
                  "{} {}; lines up to {} were learned, which says nothing of the file that is there now "
                  "(source.on_data_loss = \"skip\" reads it from its first line)",
                  path_, problem, std::max(line_, skip_until_));
    }
    begin_ = end_ = 0;
    line_ = skip_until_ = 0;
    column_names_.clear();
    if (auto status = bytes_.open(); !status) return tl::unexpected(status.error());
    return true;
  }

  std::string path_;
  std::string topic_;
  LineOptions options_;
  ByteStream bytes_;
  HeldBlocks blocks_;
  HeldBlocks::Block block_ = blocks_.next();
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;     // The file has no more bytes.
  bool finished_ = false;  // And every line was given out.
  bool waiting_ = false;   // For the file to grow.
  std::int64_t line_ = 0;
  std::int64_t skip_until_ = 0;
  std::string column_names_;
  std::vector<RawRecord> batch_;
};

}  // namespace

std::unique_ptr<SampleSource> make_line_source(std::string path, LineOptions options) {
  return std::make_unique<LineSource>(std::move(path), options);
}

}  // namespace rekindle
