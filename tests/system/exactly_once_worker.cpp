// A learner as small as can be that publishes state, offsets and predictions exactly once; asked to, with one mistake.
//
// usage: exactly_once_worker CONFIGURATION VARIANT      tells "at N", once N records are committed, until it is killed
//
// VARIANT: right; last_stable_offset (takes for the end of the topic of states what a committed reader comes to, although a transaction
// is open there); offsets_before (a batch's state with the offsets of the batch before); state_before (a batch's offsets with the state
// of the batch before).
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "app/configuration.hpp"
#include "app/prediction_record.hpp"
#include "app/session.hpp"
#include "app/sources.hpp"
#include "connectors/kafka/state_topic.hpp"

namespace rekindle {
namespace {

constexpr auto publish_every = std::chrono::milliseconds(100);

class Worker {
 public:
  Worker(Configuration configuration, std::string_view variant)
      : configuration_(std::move(configuration)),
        session_(configuration_),
        states_({.kafka = configuration_.kafka.kafka,
                 .topic = configuration_.checkpoint.topic,
                 .group = configuration_.kafka.group,
                 .source_topics = configuration_.kafka.topics,
                 .output_topics = {configuration_.output.predictions},
                 .dead_letter_topic = "",
                 .ends_at_last_stable_offset_for_test = variant == "last_stable_offset"}),
        variant_(variant) {}

  Status work() {
    if (auto status = restore(); !status) return status;
    const auto source = make_source(configuration_);
    if (auto status = source->open(position_); !status) return status;
    auto published = std::chrono::steady_clock::now();
    while (true) {
      const auto polled = source->poll(publish_every / 2);
      if (!polled) return tl::unexpected(polled.error());
      for (const auto& begun : polled->started) position_.set(begun.topic, begun.partition, begun.next);
      for (const auto& record : polled->records) {
        if (auto status = take(record); !status) return status;
      }
      if (batch_.empty() || std::chrono::steady_clock::now() - published < publish_every) continue;
      if (auto status = publish(); !status) return status;
      published = std::chrono::steady_clock::now();
    }
  }

 private:
  Status restore() {
    auto found = states_.read();
    while (!found && found.error().code == ErrorCode::unavailable) {
      std::this_thread::sleep_for(publish_every);
      found = states_.read();
    }
    if (!found) return tl::unexpected(found.error());
    if (!*found) return {};
    auto checkpoint = decode_checkpoint((*found)->bytes);
    if (!checkpoint) return tl::unexpected(checkpoint.error());
    sequence_ = (*found)->sequence;
    position_ = checkpoint->position;
    std::vector<std::string> notes;
    return session_.restore(std::move(checkpoint->sections), notes);
  }

  Status take(const RawRecord& record) {
    prediction_.begin(session_.learner());
    const auto learned = session_.take(record);
    if (!learned) return tl::unexpected(learned.error());
    prediction_.finish(record, "", *session_.learner());
    batch_.add({configuration_.output.predictions, prediction_.key(), prediction_.value()});
    position_.set(record.topic, record.partition, record.offset + 1);
    return {};
  }

  Status publish() {
    auto checkpoint = checkpoint_of(*session_.learner(), position_, configuration_.text);
    checkpoint.sequence = ++sequence_;
    const auto before = std::exchange(published_, checkpoint);
    if (before && variant_ == "offsets_before") checkpoint.position = before->position;
    if (before && variant_ == "state_before") checkpoint.sections = before->sections;
    if (auto status = states_.publish(sequence_, encode_checkpoint(checkpoint), checkpoint.position, batch_); !status) return status;
    batch_.clear();
    fmt::print("at {} state={}\n", position_.all().front().next, session_.learner()->state_hash());
    std::fflush(stdout);
    return {};
  }

  Configuration configuration_;
  Session session_;
  kafka::StateTopic states_;
  std::uint64_t sequence_ = 0;
  Position position_;
  PredictionRecord prediction_;
  OutputBatch batch_;
  std::optional<Checkpoint> published_;
  std::string variant_;
};

}  // namespace
}  // namespace rekindle

int main(int argc, char** argv) {
  using namespace rekindle;
  if (argc != 3) return 2;
  Diagnostics diagnostics;
  auto configuration = load_configuration({argv[1], {}, {}}, diagnostics);
  for (const auto& one : diagnostics.all()) fmt::print(stderr, "{}\n", one.text());
  if (diagnostics.failed()) return 78;
  const auto status = Worker(std::move(configuration), argv[2]).work();
  fmt::print(stderr, "{}\n", status ? "" : status.error().message);
  return status ? 0 : static_cast<int>(status.error().code);
}
