#include "app/group_replay.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <map>

#include "app/cluster_replica.hpp"
#include "app/group_task.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "connectors/kafka/topic_reader.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct KeptRecord {
  std::string payload;  // Padded.
  std::size_t size = 0;
  std::string key;
  std::int64_t timestamp_ms = 0;
  bool tombstone = false;
  const WriterSchema* schema = nullptr;  // The recording's.
};

using Records = std::map<std::int64_t, KeptRecord>;  // By offset.
using TaskPlace = std::pair<std::string, std::int32_t>;

Result<std::map<TaskPlace, Records>> read_recording(SampleSource& source, const std::string& from) {
  std::map<TaskPlace, Records> all;
  Position start;
  start.set(from.substr(from.find_last_of('/') + 1), 0, 0);
  if (auto status = source.open(start); !status) return tl::unexpected(status.error());
  for (bool at_end = false; !at_end;) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
    const auto polled = source.poll(std::chrono::milliseconds(100));
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& record : polled->records) {
      auto& kept = all[{std::string(record.topic), record.partition}][record.offset];
      kept = {std::string(record.payload), record.payload.size(), std::string(record.key),
              record.timestamp_ms,         record.tombstone,      record.schema};
      kept.payload.append(payload_padding, ' ');
    }
    at_end = polled->at_end;
  }
  return all;
}

struct GroupHistory {
  std::map<std::string, std::vector<json::object>> journal;  // By task, in the order of commits.
  std::map<std::int64_t, GroupEnvelope> control;             // By offset.
};

Result<GroupHistory> read_history(const Configuration& configuration) {
  const GroupTopics topics(configuration);
  const kafka::ReadingSettings reading{configuration.kafka.kafka, topics.group};
  GroupHistory history;
  auto there = kafka::read_messages_to_end(reading, topics.journal, [&](const kafka::TopicMessage& message) {
    if (!message.key.ends_with("/" + topics.group)) return;
    json::error_code error;
    auto line = json::parse(json::string_view(reinterpret_cast<const char*>(message.value.data()), message.value.size()), error);
    if (!error && line.is_object()) history.journal[std::string(line.at("task").as_string())].push_back(std::move(line.get_object()));
  });
  if (there && !*there) return fail(ErrorCode::data, "there is no topic \"{}\"", topics.journal);
  if (!there) return tl::unexpected(there.error());
  there = kafka::read_messages_to_end(reading, topics.control, [&](const kafka::TopicMessage& message) {
    const auto kind = topics.own(message.key);
    if (!kind || (*kind != "round" && *kind != "model")) return;
    if (auto envelope = read_envelope(message.value)) history.control[message.offset] = *std::move(envelope);
  });
  if (!there) return tl::unexpected(there.error());
  return history;
}

class TaskReplay {
 public:
  TaskReplay(const Configuration& configuration, const GroupHistory& history, const Records& records, PartitionPosition begin)
      : history_(history), records_(records), place_(begin), task_(configuration, begin) {}

  // One committed stretch.
  Status follow(const json::object& line, std::string_view name) {
    const auto from = line.at("from").to_number<std::int64_t>();
    const auto to = line.at("to").to_number<std::int64_t>();
    if (from != task_.position().next)
      return fail(ErrorCode::data, "{}: the journal goes on at offset {}, the task is at {}", name, from, task_.position().next);
    const auto& heard = line.at("heard").as_array();
    auto next = heard.begin();
    for (auto at = records_.lower_bound(from); at != records_.end() && at->first < to; ++at) {
      for (; next != heard.end() && next->at("at").to_number<std::int64_t>() <= at->first; ++next) {
        if (auto status = hear(next->as_object(), name); !status) return status;
      }
      if (auto status = take(at->first, at->second); !status) return status;
    }
    if (task_.position().next != to)
      return fail(ErrorCode::data, "{}: the recording ends before offset {}, which the journal has", name, to);
    for (; next != heard.end(); ++next) {
      if (auto status = hear(next->as_object(), name); !status) return status;
    }
    const auto checkpoint = task_.checkpoint();
    const auto hash = checkpoint.summary.find("state_hash");
    result_.state_hash = hash == checkpoint.summary.end() ? "" : hash->second;
    if (result_.state_hash != line.at("state_hash").as_string())
      return fail(ErrorCode::data, "{}: before offset {} the state is {}, but {} was committed", name, to, result_.state_hash,
                  std::string(line.at("state_hash").as_string()));
    ++result_.stretches;
    return {};
  }

  [[nodiscard]] ReplayedTask result(const std::string& name) {
    result_.name = name;
    const auto* learner = task_.session().learner();
    result_.samples = learner == nullptr ? 0 : learner->counters().samples;
    return result_;
  }

 private:
  Status take(std::int64_t offset, const KeptRecord& kept) {
    RawRecord record{place_.topic, place_.partition, offset, kept.timestamp_ms, std::string_view(kept.payload).substr(0, kept.size),
                     kept.key};
    record.tombstone = kept.tombstone;
    record.schema = kept.schema;
    const auto learned = task_.take(record);
    if (!learned) return tl::unexpected(learned.error());
    if (*learned) task_.settle();
    (void)task_.take_messages();
    return {};
  }

  // One message at a time: it was heard alone, or together with what it does not touch.
  Status hear(const json::object& said, std::string_view name) {
    const auto at = said.at("control").to_number<std::int64_t>();
    const auto found = history_.control.find(at);
    if (found == history_.control.end())
      return fail(ErrorCode::data, "{}: the control topic has no message at offset {} any more, which the task has heard", name, at);
    if (const auto* round = std::get_if<cluster::Round>(&found->second.message)) {
      news_.round = *round;
      news_.round_at = at;
      ++result_.rounds;
    } else if (const auto* model = std::get_if<cluster::Model>(&found->second.message)) {
      news_.model = *model;
      news_.model_at = at;
      news_.layout = found->second.layout;
    }
    return task_.hear(news_);
  }

  const GroupHistory& history_;
  const Records& records_;
  PartitionPosition place_;
  GroupTask task_;
  GroupNews news_;
  ReplayedTask result_;
};

}  // namespace

Result<std::vector<ReplayedTask>> replay_group(const Configuration& given, const std::string& from) {
  auto configuration = given;
  configuration.learner = worker_spec(configuration.learner);
  const auto history = read_history(configuration);
  if (!history) return tl::unexpected(history.error());
  const auto recording = make_recording(configuration.source, configuration.learner.schema, from);
  const auto records = read_recording(*recording, from);
  if (!records) return tl::unexpected(records.error());
  std::vector<ReplayedTask> tasks;
  for (const auto& [name, lines] : history->journal) {
    const auto bracket = name.rfind('[');
    const TaskPlace place(name.substr(0, bracket), std::stoi(name.substr(bracket + 1)));
    const auto found = records->find(place);
    static const Records none;
    TaskReplay replay(configuration, *history, found == records->end() ? none : found->second,
                      {place.first, place.second, lines.front().at("from").to_number<std::int64_t>()});
    for (const auto& line : lines) {
      if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
      if (auto status = replay.follow(line, name); !status) return tl::unexpected(status.error());
    }
    tasks.push_back(replay.result(name));
  }
  return tasks;
}

}  // namespace rekindle
