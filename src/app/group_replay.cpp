#include "app/group_replay.hpp"

#include <algorithm>
#include <map>

#include "app/cluster_replica.hpp"
#include "app/group_task.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "base/bytes.hpp"
#include "connectors/kafka/topic_reader.hpp"
#include "http/json_text.hpp"

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
    auto line = json_object_of(text_of(message.value));
    if (line) history.journal[std::string(line->at("task").as_string())].push_back(std::move(*line));
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
  // `labels`: null where they have no topic of their own.
  TaskReplay(const Configuration& configuration, const GroupHistory& history, const Records& samples, const PartitionPosition& begin,
             const Records* labels, const std::optional<PartitionPosition>& labels_begin)
      : history_(history), samples_(samples), labels_(labels), task_(configuration, begin, labels_begin) {}

  // One committed stretch.
  Status follow(const json::object& line, std::string_view name) {
    if (auto status = is_at(line, "from", name); !status) return status;
    heard_ = &line.at("heard").as_array();
    next_heard_ = 0;
    if (auto status = labels_ == nullptr ? take_until(line.at("to").to_number<std::int64_t>(), name) : take_in_order(line, name); !status)
      return status;
    if (auto status = hear_what_is_due(name); !status) return status;
    if (auto status = is_at(line, "to", name); !status) return status;
    const auto checkpoint = task_.checkpoint();
    const auto hash = checkpoint.summary.find("state_hash");
    result_.state_hash = hash == checkpoint.summary.end() ? "" : hash->second;
    if (result_.state_hash != line.at("state_hash").as_string())
      return fail(ErrorCode::data, "{}: before offset {} the state is {}, but {} was committed", name, task_.position().next,
                  result_.state_hash, std::string(line.at("state_hash").as_string()));
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
  // `which`: "from" or "to".
  Status is_at(const json::object& line, const std::string& which, std::string_view name) const {
    Position position;
    task_.add_to(position);
    for (const auto& one : position.all()) {
      const auto key = one.topic == task_.position().topic ? which : "labels_" + which;
      const auto wanted = line.at(key).to_number<std::int64_t>();
      if (wanted == one.next) continue;
      return which == "from" ? fail(ErrorCode::data, "{}: the journal goes on at offset {} of topic {}, the task is at {}", name, wanted,
                                    one.topic, one.next)
                             : fail(ErrorCode::data, "{}: the recording ends before offset {} of topic {}, which the journal has", name,
                                    wanted, one.topic);
    }
    return {};
  }

  Status take_until(std::int64_t to, std::string_view name) {
    for (auto at = samples_.lower_bound(task_.position().next); at != samples_.end() && at->first < to; ++at) {
      if (auto status = take(task_.position(), *at, name); !status) return status;
    }
    return {};
  }

  Status take_in_order(const json::object& line, std::string_view name) {
    bool of_labels = false;
    for (const auto& run : line.at("order").as_array()) {
      const auto& records = of_labels ? *labels_ : samples_;
      const auto& position = of_labels ? *task_.labels() : task_.position();
      auto at = records.lower_bound(position.next);
      for (auto left = run.to_number<std::uint64_t>(); left != 0; --left, ++at) {
        if (at == records.end())
          return fail(ErrorCode::data, "{}: the recording ends at offset {} of topic {}, the journal has {} records more", name,
                      position.next, position.topic, left);
        if (auto status = take(position, *at, name); !status) return status;
      }
      of_labels = !of_labels;
    }
    return {};
  }

  Status take(const PartitionPosition& place, const Records::value_type& one, std::string_view name) {
    if (auto status = hear_what_is_due(name); !status) return status;
    const auto& [offset, kept] = one;
    RawRecord record{place.topic, place.partition, offset, kept.timestamp_ms, std::string_view(kept.payload).substr(0, kept.size),
                     kept.key};
    record.tombstone = kept.tombstone;
    record.schema = kept.schema;
    const auto learned = task_.take(record);
    if (!learned) return tl::unexpected(learned.error());
    if (*learned) task_.settle();
    (void)task_.take_messages();
    return {};
  }

  // Where its records stood when it was heard.
  Status hear_what_is_due(std::string_view name) {
    for (; next_heard_ < heard_->size(); ++next_heard_) {
      const auto& said = (*heard_)[next_heard_].as_object();
      const auto due = [&](const char* key, const PartitionPosition& place) {
        return said.at(key).to_number<std::int64_t>() <= place.next;
      };
      if (!due("at", task_.position()) || (labels_ != nullptr && !due("labels_at", *task_.labels()))) return {};
      if (auto status = hear(said, name); !status) return status;
    }
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
  const Records& samples_;
  const Records* labels_;
  GroupTask task_;
  const json::array* heard_ = nullptr;  // Of the stretch, as the next.
  std::size_t next_heard_ = 0;
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
  static const Records none;
  const auto records_of = [&](const TaskPlace& place) -> const Records& {
    const auto found = records->find(place);
    return found == records->end() ? none : found->second;
  };
  const auto& labels_topic = configuration.source.labels_topic;
  for (const auto& [name, lines] : history->journal) {
    const auto bracket = name.rfind('[');
    const TaskPlace place(name.substr(0, bracket), std::stoi(name.substr(bracket + 1)));
    const auto first = [&lines = lines](const char* key) { return lines.front().at(key).to_number<std::int64_t>(); };
    std::optional<PartitionPosition> labels;
    if (!labels_topic.empty()) labels = {labels_topic, place.second, first("labels_from")};
    TaskReplay replay(configuration, *history, records_of(place), {place.first, place.second, first("from")},
                      labels ? &records_of({labels_topic, place.second}) : nullptr, labels);
    for (const auto& line : lines) {
      if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
      if (auto status = replay.follow(line, name); !status) return tl::unexpected(status.error());
    }
    tasks.push_back(replay.result(name));
  }
  return tasks;
}

}  // namespace rekindle
