// KafkaStore: checkpoints in a compacted Kafka topic, each in one transaction with the offsets and all that it led to.
#pragma once

#include <memory>
#include <string>

#include "checkpoint/file_system.hpp"
#include "checkpoint/store.hpp"
#include "connectors/kafka/state_topic.hpp"

namespace rekindle {

class KafkaStore final : public CheckpointStore {
 public:
  // Locks `directory`, which is for the journal and for what is set aside; no checkpoint is there.
  [[nodiscard]] static Result<std::unique_ptr<KafkaStore>> open(kafka::StateTopicSettings settings, std::string directory);

  // ErrorCode::data also where the group's committed offsets are not those of the state: both are committed in one transaction, so
  // somebody has moved them, or the state is not the newest.
  [[nodiscard]] Result<std::optional<LoadedCheckpoint>> load() override;
  [[nodiscard]] Result<std::uint64_t> save(Checkpoint checkpoint, const OutputBatch& outputs) override;
  // Takes effect in `load`, which then leaves a copy of what it finds in DIRECTORY/aside-kafka.
  [[nodiscard]] Status set_aside() override {
    fresh_ = true;
    return {};
  }
  [[nodiscard]] bool is_remote() const override { return true; }
  void hurry(std::chrono::milliseconds patience) override { topic_.hurry(patience); }
  [[nodiscard]] std::string problem() const override { return topic_.problem(); }

 private:
  KafkaStore(kafka::StateTopicSettings settings, std::string directory, std::unique_ptr<FileLock> lock)
      : name_("topic " + settings.topic + ", group " + settings.group),
        topic_(std::move(settings)),
        directory_(std::move(directory)),
        lock_(std::move(lock)) {}
  [[nodiscard]] Status keep_aside(const kafka::StoredState& state) const;
  [[nodiscard]] Status check_offsets(const Checkpoint* checkpoint);

  std::string name_;
  kafka::StateTopic topic_;
  std::string directory_;
  std::unique_ptr<FileLock> lock_;
  std::uint64_t last_sequence_ = 0;
  bool fresh_ = false;
};

// What a daemon keeps in a topic, looked at from beside: nobody is fenced, nothing is locked or written. Waits a while for the brokers.
[[nodiscard]] Result<std::optional<LoadedCheckpoint>> look_at_state_topic(kafka::StateTopicSettings settings);

}  // namespace rekindle
