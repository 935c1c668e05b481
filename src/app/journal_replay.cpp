#include "app/journal_replay.hpp"

#include <deque>
#include <map>

#include "app/journal.hpp"
#include "app/operator_command.hpp"
#include "app/reload.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

// A record with bytes of its own.
struct KeptRecord {
  std::string payload;  // Padded.
  std::size_t size = 0;
  std::string key;
  std::string column_names;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  bool tombstone = false;
  std::optional<std::string> control = {};
};

// The records of a recording by partition, whatever order they come in.
class PartitionedRecording {
 public:
  // `only`: the journal has one partition, and so all records are its.
  PartitionedRecording(std::unique_ptr<SampleSource> source, bool only) : source_(std::move(source)), only_(only) {}

  // The first record of that partition at or after `from`, taken out; an empty optional: the recording has none.
  [[nodiscard]] Result<std::optional<KeptRecord>> next(const JournalRun& run, std::int64_t from) {
    auto& waiting = kept_[key(run.topic, run.partition)];
    while (true) {
      while (!waiting.empty() && waiting.front().offset < from) waiting.pop_front();
      if (!waiting.empty()) {
        if (waiting.front().offset >= run.to) return std::nullopt;
        auto found = std::move(waiting.front());
        waiting.pop_front();
        return found;
      }
      if (at_end_) return std::nullopt;
      if (auto status = read(); !status) return tl::unexpected(status.error());
    }
  }

 private:
  using Key = std::pair<std::string, std::int32_t>;
  [[nodiscard]] Key key(std::string_view topic, std::int32_t partition) const { return only_ ? Key() : Key(std::string(topic), partition); }
  Status read() {
    const auto polled = source_->poll(std::chrono::milliseconds(100));
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& record : polled->records) {
      KeptRecord kept{
          std::string(record.payload), record.payload.size(), std::string(record.key), std::string(record.column_names), record.offset,
          record.timestamp_ms,         record.tombstone};
      if (record.is_control()) kept.control = record.control;
      kept.payload.append(payload_padding, ' ');
      kept_[key(record.topic, record.partition)].push_back(std::move(kept));
    }
    at_end_ = polled->at_end;
    return {};
  }

  std::unique_ptr<SampleSource> source_;
  bool only_;
  bool at_end_ = false;
  std::map<Key, std::deque<KeptRecord>> kept_;
};

class Follower {
 public:
  Follower(const JournalPlan& plan, Session& session, ErrorBudget& budget) : plan_(plan), session_(session), budget_(budget) {}

  Status follow(const JournalContents& journal, PartitionedRecording& recording) {
    for (const auto& line : journal.lines) {
      if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
      if (auto status = line.run ? take(*line.run, recording) : command(line); !status) return status;
    }
    return {};
  }
  [[nodiscard]] const Position& position() const { return position_; }

 private:
  Status take(const JournalRun& run, PartitionedRecording& recording) {
    for (std::int64_t offset = run.from; offset < run.to; ++offset) {
      const auto next = recording.next(run, offset);
      if (!next) return tl::unexpected(next.error());
      if (!*next || (**next).offset != offset)
        return fail(ErrorCode::data, "the recording has no record {}[{}]@{}, which the journal names", run.topic, run.partition, offset);
      const auto& kept = **next;
      RawRecord record{run.topic, run.partition, offset, kept.timestamp_ms, std::string_view(kept.payload).substr(0, kept.size), kept.key};
      record.tombstone = kept.tombstone;
      record.column_names = kept.column_names;
      if (kept.control) record.control = *kept.control;
      const auto learned = session_.take(record);
      if (!learned) return tl::unexpected(learned.error());
      if (session_.took_command() == nullptr) budget_.count(!*learned, session_.rejection());
    }
    position_.set(run.topic, run.partition, run.to);
    return {};
  }

  Status command(const JournalLine& line) {
    const auto& name = line.command.at("action").as_string();
    if (line.command.contains("offset")) {  // It came with the stream, as the record before this line.
      if (session_.took_command() != nullptr) return {};
      return fail(ErrorCode::data,
                  "the journal has a command at {}[{}]@{}, but no {} header is in the recording there, or source.control is off",
                  line.command.at("topic").as_string().c_str(), json_text(line.command.at("partition")),
                  json_text(line.command.at("offset")), control_header);
    }
    if (name == "reload") return reload(line);
    const auto* action = find_operator_action({name.data(), name.size()});
    if (action == nullptr) return fail(ErrorCode::data, "the journal has a command \"{}\", which is unknown here", std::string(name));
    if (action->apply == nullptr || action->takes_text) return {};
    if (session_.learner() == nullptr || session_.learner()->counters().samples != line.samples)
      return fail(ErrorCode::data, "the journal has a command after {} samples, where this replay is not", line.samples);
    const auto* number = line.command.if_contains(action->parameter);
    return action->apply(*session_.learner(), number == nullptr ? 0 : number->to_number<double>());
  }

  Status reload(const JournalLine& line) {
    if (!plan_.follows_reloads) return {};
    auto configuration = learner_configuration(std::string(line.command.at("configuration").as_string()));
    if (!configuration) return tl::unexpected(configuration.error());
    std::vector<std::string> notes;
    return session_.reconfigure(configuration->learner, notes);
  }

  const JournalPlan& plan_;
  Session& session_;
  ErrorBudget& budget_;
  Position position_;
};

}  // namespace

Result<JournalPlan> plan_journal_replay(const Configuration& given, const std::string& path) {
  const auto journal = read_journal(path);
  if (!journal) return tl::unexpected(journal.error());
  if (journal->start_samples != 0) {
    return fail(ErrorCode::data, "{}: the journal begins after {} samples; it can only be followed from the first one", path,
                journal->start_samples);
  }
  std::string last = journal->configuration;
  for (const auto& line : journal->lines) {
    if (const auto* text = line.command.if_contains("configuration")) last = text->as_string();
  }
  const auto mine = learner_text(given.text);
  JournalPlan plan{given, mine == learner_text(journal->configuration) || mine == learner_text(last)};
  if (!plan.follows_reloads) return plan;
  auto then = learner_configuration(journal->configuration);
  if (!then) return tl::unexpected(then.error());
  plan.configuration.learner = then->learner;
  return plan;
}

Result<Position> replay_journal(const JournalPlan& plan, const std::string& path, const std::string& from, Session& session,
                                ErrorBudget& budget) {
  const auto journal = read_journal(path);
  if (!journal) return tl::unexpected(journal.error());
  auto source = make_recording(plan.configuration.source, plan.configuration.learner.schema, from);
  Position start;
  start.set(from.substr(from.find_last_of('/') + 1), 0, 0);
  if (auto status = source->open(start); !status) return tl::unexpected(status.error());
  PartitionedRecording recording(std::move(source), journal->partitions() == 1);
  Follower follower(plan, session, budget);
  if (auto status = follower.follow(*journal, recording); !status) return tl::unexpected(status.error());
  return follower.position();
}

}  // namespace rekindle
