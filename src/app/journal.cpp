#include "app/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "base/append_format.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

constexpr std::size_t write_at = 64 * 1024;
constexpr const char* first_line = "rekindle-journal 1";

std::string in_quotes(std::string_view text) { return json_text(json::value(json::string(text))); }

Status io_error(const std::string& path) { return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno)); }

}  // namespace

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(const std::string& directory, std::optional<std::uint64_t> keep,
                                                           std::uint64_t samples, std::string_view configuration) {
  const auto path = directory + "/journal";
  struct stat found {};
  const bool there = stat(path.c_str(), &found) == 0;
  const bool goes_on = there && keep && static_cast<std::uint64_t>(found.st_size) >= *keep;
  if (there && !goes_on) std::rename(path.c_str(), (path + ".old").c_str());
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return tl::unexpected(io_error(path).error());
  std::unique_ptr<JournalWriter> journal(new JournalWriter(file, goes_on ? *keep : 0));
  if (ftruncate(file, static_cast<off_t>(journal->size_)) != 0) return tl::unexpected(io_error(path).error());
  if (goes_on) return journal;
  journal->began_late_ = samples > 0;
  journal->pending_ = fmt::format("{}\nstart {} {}\n", first_line, samples, in_quotes(configuration));
  return journal;
}

JournalWriter::~JournalWriter() { close(file_); }

void JournalWriter::end_run() {
  if (next_ > first_ && partition_ >= 0) {
    const auto topic = std::ranges::find(topics_, topic_) - topics_.begin();
    append_format(pending_, "run {} {} {} {}\n", topic, partition_, first_, next_);
  }
  first_ = next_;
}

void JournalWriter::begin_run(const RawRecord& record) {
  end_run();
  if (record.topic != topic_ || topics_.empty()) {
    topic_ = record.topic;
    if (std::ranges::find(topics_, topic_) == topics_.end()) {
      append_format(pending_, "topic {} {}\n", topics_.size(), in_quotes(topic_));
      topics_.push_back(topic_);
    }
  }
  partition_ = record.partition;
  first_ = record.offset;
  next_ = record.offset + 1;
  if (pending_.size() >= write_at) (void)write_out();
}

void JournalWriter::command(std::uint64_t samples, const json::object& command) {
  end_run();
  append_format(pending_, "command {} {}\n", samples, json_text(command));
}

Status JournalWriter::write_out() {
  std::string_view rest = pending_;
  while (!rest.empty() && !broken_) {
    const auto written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    broken_ = written < 0;
    if (!broken_) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += pending_.size();
  pending_.clear();
  if (broken_) return fail(ErrorCode::io, "the journal cannot be written: {}", std::strerror(errno));
  return {};
}

Result<std::uint64_t> JournalWriter::flush() {
  end_run();
  if (auto status = write_out(); !status) return tl::unexpected(status.error());
  if (const int reason = failed_sync_) return fail(ErrorCode::io, "the journal cannot be synced: {}", std::strerror(reason));
  return size_;
}

void JournalWriter::sync() {
  if (fdatasync(file_) != 0) failed_sync_ = errno;
}

namespace {

// Reads the lines one by one; what it has found so far is in `contents`.
class JournalReader {
 public:
  JournalContents contents;

  [[nodiscard]] bool read(const std::string& line) {
    std::istringstream in(line);
    std::string kind;
    in >> kind;
    if (kind == "start") return read_start(in);
    if (kind == "topic") return read_topic(in);
    if (kind == "run") return read_run(in);
    return kind == "command" && read_command(in);
  }

 private:
  static std::optional<json::value> rest_as_json(std::istringstream& in) {
    std::string rest;
    std::getline(in, rest);
    boost::system::error_code error;
    auto value = json::parse(rest, error);
    return error ? std::nullopt : std::optional(std::move(value));
  }
  bool read_start(std::istringstream& in) {
    in >> contents.start_samples;
    const auto text = rest_as_json(in);
    if (!in || !text || !text->is_string()) return false;
    contents.configuration = text->get_string();
    return true;
  }
  // A daemon that was started again numbers its topics anew.
  bool read_topic(std::istringstream& in) {
    std::size_t number = 0;
    in >> number;
    const auto name = rest_as_json(in);
    if (!name || !name->is_string() || number > topics_.size()) return false;
    topics_.resize(number);
    topics_.emplace_back(name->get_string());
    return true;
  }
  bool read_run(std::istringstream& in) {
    std::size_t topic = 0;
    JournalRun run;
    in >> topic >> run.partition >> run.from >> run.to;
    if (!in || topic >= topics_.size() || run.to <= run.from) return false;
    run.topic = topics_[topic];
    contents.lines.push_back({std::move(run), 0, {}});
    return true;
  }
  bool read_command(std::istringstream& in) {
    JournalLine line;
    in >> line.samples;
    const auto command = rest_as_json(in);
    if (!command || !command->is_object()) return false;
    line.command = command->get_object();
    contents.lines.push_back(std::move(line));
    return true;
  }
  std::vector<std::string> topics_;
};

}  // namespace

std::size_t JournalContents::partitions() const {
  std::set<std::pair<std::string, std::int32_t>> all;
  for (const auto& line : lines) {
    if (line.run) all.emplace(line.run->topic, line.run->partition);
  }
  return all.size();
}

Result<JournalContents> read_journal(const std::string& path) {
  const auto file_path = std::filesystem::is_directory(path) ? path + "/journal" : path;
  std::ifstream file(file_path);
  if (!file) return fail(ErrorCode::data, "{}: there is no journal that can be read", file_path);
  std::string line;
  if (!std::getline(file, line) || line != first_line) return fail(ErrorCode::data, "{}:1: this is no journal of rekindle", file_path);
  JournalReader reader;
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    if (file.eof()) break;  // No line feed: it was being written.
    if (!reader.read(line)) return fail(ErrorCode::data, "{}:{}: this line of the journal cannot be read", file_path, number);
  }
  return std::move(reader.contents);
}

}  // namespace rekindle
