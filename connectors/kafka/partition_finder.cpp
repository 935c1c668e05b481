#include "connectors/kafka/partition_finder.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "connectors/kafka/anchor_check.hpp"

namespace rekindle::kafka {

namespace {

using namespace std::chrono_literals;

// A lookup waits this long at first; without an answer from a connected broker it doubles up to the longest wait, which
// also bounds how long the thread takes to end.
constexpr std::chrono::milliseconds shortest_patience = 1s;
constexpr std::chrono::milliseconds longest_patience = 4s;
constexpr auto pause = 1s;        // Between rounds while something is missing.
constexpr auto names_live = 30s;  // The list of all topics can be long: it is not read every round.
constexpr std::size_t names_shown = 20;

bool is_missing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "there are no topics";
  std::string text = "topics there: ";
  for (std::size_t i = 0; i < std::min(names.size(), names_shown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > names_shown) text += fmt::format(" and {} more", names.size() - names_shown);
  return text;
}

}  // namespace

PartitionFinder::PartitionFinder(Client& client, const KafkaSourceSettings& settings, Position position, const Anchors& anchors)
    : client_(client),
      settings_(settings),
      position_(std::move(position)),
      anchors_(anchors),
      names_read_(Clock::now() - names_live),
      patience_(shortest_patience) {
  for (const auto& name : settings.topics) {
    if (std::ranges::find(topics_, name, &Topic::name) != topics_.end()) continue;
    Topic topic{.name = name, .known = {}, .all_new = false, .found = false, .problem = {}};
    // Once a topic has a position, every partition without one has come since.
    topic.all_new = std::ranges::any_of(position_.all(), [&](const auto& one) { return one.topic == name; });
    topics_.push_back(std::move(topic));
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Findings PartitionFinder::take() {
  const std::scoped_lock lock(mutex_);
  news_.store(false, std::memory_order_release);
  return std::exchange(findings_, {});
}

void PartitionFinder::ask_extent(const std::string& topic, std::int32_t partition) {
  {
    const std::scoped_lock lock(mutex_);
    questions_.emplace_back(topic, partition);
    asked_ = true;
  }
  wake_.notify_one();
}

std::string PartitionFinder::problem() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

void PartitionFinder::run(const std::stop_token& stop) {
  auto next_look = Clock::now();
  while (!stop.stop_requested()) {
    if (Clock::now() >= next_look || !client_.health().connected()) {
      look();
      next_look = Clock::now() + (complete() ? settings_.rescan : std::chrono::milliseconds(pause));
    }
    answer_questions();
    std::unique_lock lock(mutex_);
    const auto wait = std::min<Clock::duration>(pause, next_look - Clock::now());
    wake_.wait_for(lock, stop, wait, [this] { return std::exchange(asked_, false); });
  }
}

void PartitionFinder::look() {
  for (auto& topic : topics_) {
    look_for(topic);
    if (!client_.health().connected()) return;
  }
  std::string problem;
  for (const auto& topic : topics_) problem += (problem.empty() || topic.problem.empty() ? "" : "; ") + topic.problem;
  const std::scoped_lock lock(mutex_);
  problem_ = problem;
  complete_.store(std::ranges::all_of(topics_, &Topic::found), std::memory_order_release);
}

void PartitionFinder::look_for(Topic& topic) {
  const auto metadata = describe(&topic.name);
  if (!metadata || metadata->topic_cnt == 0) return;
  const auto& described = metadata->topics[0];
  if (described.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) return;  // It is being created.
  if (described.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    missing(topic, described.err);
    return;
  }
  topic.problem.clear();
  start_partitions(topic, described);
}

void PartitionFinder::missing(Topic& topic, rd_kafka_resp_err_t error) {
  topic.found = false;
  if (!is_missing(error)) {
    topic.problem = fmt::format("topic \"{}\": {}", topic.name, rd_kafka_err2str(error));
    return;
  }
  topic.all_new = true;
  if (Clock::now() - names_read_ >= names_live) {
    if (const auto all = describe(nullptr)) {
      names_.clear();
      for (int i = 0; i < all->topic_cnt; ++i) {
        const std::string name = all->topics[i].topic;
        if (!name.starts_with("__")) names_.push_back(name);  // Kafka's own.
      }
      std::ranges::sort(names_);
      names_read_ = Clock::now();
    }
  }
  topic.problem = fmt::format("topic \"{}\" does not exist; {}{}", topic.name, listed(names_), did_you_mean(topic.name, names_));
}

// Hands out the partitions that are not known yet, as far as their offsets can be looked up.
void PartitionFinder::start_partitions(Topic& topic, const rd_kafka_metadata_topic_t& described) {
  const auto count = static_cast<std::size_t>(described.partition_cnt);
  if (topic.known.size() < count) topic.known.resize(count);
  for (std::size_t i = 0; settings_.only_known && i < count; ++i) {
    if (position_.find(topic.name, static_cast<std::int32_t>(i)) == nullptr) topic.known[i] = true;
  }
  std::vector<std::int32_t> fresh;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = described.partitions[i];
    // Without a leader nobody can say its offsets; asking would hold up the others.
    if (one.leader >= 0 && static_cast<std::size_t>(one.id) < count && !topic.known[static_cast<std::size_t>(one.id)])
      fresh.push_back(one.id);
  }
  if (!fresh.empty()) {
    const auto starts = starts_of(topic, fresh);
    if (!starts) return;
    Wanted ends_wanted;
    for (const auto id : fresh) ends_wanted.emplace_back(id, RD_KAFKA_OFFSET_END);
    const auto ends = settings_.stop_at_end ? offsets_at(topic.name, ends_wanted) : Offsets();
    const auto changed = changed_ones(topic, *starts);
    if (!ends || !changed) return;
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, start] : *starts) {
      const auto end = ends->find(id);
      if (settings_.stop_at_end && end == ends->end()) continue;
      findings_.partitions.push_back({topic.name, id, start, end == ends->end() ? -1 : end->second, changed->contains(id)});
      topic.known[static_cast<std::size_t>(id)] = true;
      news_.store(true, std::memory_order_release);
    }
  }
  topic.found = std::ranges::all_of(topic.known, [](bool known) { return known; });
  if (topic.found) topic.all_new = true;
}

// Those that go on behind a record which is another one now.
std::optional<std::set<std::int32_t>> PartitionFinder::changed_ones(const Topic& topic, const Offsets& starts) const {
  std::vector<Anchor> learned;
  for (const auto& [id, start] : starts) {
    const auto* anchor = anchors_.find(topic.name, id);
    if (anchor != nullptr && anchor->offset == start - 1) learned.push_back(*anchor);
  }
  return changed_partitions(settings_.kafka, topic.name, learned, longest_patience);
}

std::optional<PartitionFinder::Offsets> PartitionFinder::starts_of(const Topic& topic, const std::vector<std::int32_t>& partitions) {
  Offsets starts;
  Wanted wanted;
  Wanted ends;
  for (const auto id : partitions) {
    if (const auto* at = position_.find(topic.name, id)) {
      starts[id] = at->next;
    } else if (settings_.start == Start::time) {
      wanted.emplace_back(id, std::max<std::int64_t>(settings_.start_time_ms, 0));
      ends.emplace_back(id, RD_KAFKA_OFFSET_END);
    } else {
      const bool from_the_end = settings_.start == Start::latest && !topic.all_new;
      wanted.emplace_back(id, from_the_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING);
    }
  }
  const auto found = offsets_at(topic.name, wanted);
  const auto last = found ? offsets_at(topic.name, ends) : std::nullopt;
  if (!last) return std::nullopt;
  for (const auto& [id, offset] : *found) {
    // A time after the last record has no offset: what comes next is the first.
    const auto end = last->find(id);
    if (offset >= 0 || end != last->end()) starts[id] = offset >= 0 ? offset : end->second;
  }
  return starts;
}

void PartitionFinder::answer_questions() {
  std::vector<std::pair<std::string, std::int32_t>> questions;
  {
    const std::scoped_lock lock(mutex_);
    questions.swap(questions_);
  }
  for (const auto& [topic, partition] : questions) {
    const auto low = offsets_at(topic, {{partition, RD_KAFKA_OFFSET_BEGINNING}});
    const auto high = low ? offsets_at(topic, {{partition, RD_KAFKA_OFFSET_END}}) : std::nullopt;
    const std::scoped_lock lock(mutex_);
    if (!high || low->empty() || high->empty()) {
      questions_.emplace_back(topic, partition);
      continue;
    }
    findings_.extents.push_back({topic, partition, low->begin()->second, high->begin()->second});
    news_.store(true, std::memory_order_release);
  }
}

// All topics for null.
MetadataHolder PartitionFinder::describe(const std::string* topic) {
  const TopicHolder handle(topic == nullptr ? nullptr : rd_kafka_topic_new(client_.handle(), topic->c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  note(rd_kafka_metadata(client_.handle(), topic == nullptr ? 1 : 0, handle.get(), &metadata, patience_ms()));
  return MetadataHolder(metadata);
}

std::optional<PartitionFinder::Offsets> PartitionFinder::offsets_at(const std::string& topic, const Wanted& wanted) {
  Offsets offsets;
  if (wanted.empty()) return offsets;
  const PartitionListHolder list(rd_kafka_topic_partition_list_new(static_cast<int>(wanted.size())));
  for (const auto& [id, time] : wanted) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), id)->offset = time;
  const auto error = rd_kafka_offsets_for_times(client_.handle(), list.get(), patience_ms());
  note(error);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& one = list->elems[i];
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) offsets[one.partition] = one.offset;
  }
  return offsets;
}

void PartitionFinder::note(rd_kafka_resp_err_t error) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    client_.health().reached();
    patience_ = shortest_patience;
  } else if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    client_.health().unanswered();
  } else if (error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    // A slow broker must get its chance, however short the first wait was.
    if (patience_ >= longest_patience) client_.health().unanswered();
    patience_ = std::min(patience_ * 2, longest_patience);
  }
}

}  // namespace rekindle::kafka
