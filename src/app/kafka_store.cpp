#include "app/kafka_store.hpp"

#include "checkpoint/file_form.hpp"

namespace rekindle {

Result<std::unique_ptr<KafkaStore>> KafkaStore::open(kafka::StateTopicSettings settings, std::string directory) {
  auto& files = real_file_system();
  if (auto made = files.make_directories(directory); !made) return tl::unexpected(made.error());
  auto lock = files.lock(directory + "/lock");
  if (!lock) return tl::unexpected(lock.error());
  return std::unique_ptr<KafkaStore>(new KafkaStore(std::move(settings), std::move(directory), *std::move(lock)));
}

Result<std::optional<LoadedCheckpoint>> KafkaStore::load() {
  auto stored = topic_.read();
  if (!stored) return tl::unexpected(stored.error());
  last_sequence_ = *stored ? (*stored)->sequence : 0;
  if (fresh_) {
    if (*stored) {
      if (auto status = keep_aside(**stored); !status) return tl::unexpected(status.error());
    }
    return std::nullopt;
  }
  if (!*stored) {
    if (auto status = check_offsets(nullptr); !status) return tl::unexpected(status.error());
    return std::nullopt;
  }
  auto checkpoint = decode_checkpoint((*stored)->bytes);
  if (!checkpoint) return fail(ErrorCode::data, "{}: {}", name_, checkpoint.error().message);
  if (auto status = check_offsets(&*checkpoint); !status) return tl::unexpected(status.error());
  return LoadedCheckpoint{*std::move(checkpoint), name_, {}};
}

Status KafkaStore::keep_aside(const kafka::StoredState& state) const {
  auto& files = real_file_system();
  const auto aside = directory_ + "/aside-kafka";
  if (auto made = files.make_directories(aside); !made) return made;
  const auto path = fmt::format("{}/checkpoint.{:020}", aside, state.sequence);
  if (files.read(path, max_file_bytes)) return {};  // From a start that did not get further.
  return files.write_new(path, state.bytes).and_then([&] { return files.sync_file(path); }).and_then([&] {
    return files.sync_directory(aside);
  });
}

// Offsets that the broker has forgotten, as it does a week after the last commit, say nothing.
Status KafkaStore::check_offsets(const Checkpoint* checkpoint) {
  const auto committed = topic_.committed();
  if (!committed) return tl::unexpected(committed.error());
  for (const auto& one : committed->all()) {
    if (checkpoint == nullptr) {
      return fail(ErrorCode::data,
                  "{}: there is no state, but the group has committed offset {} of {}[{}]: the state was lost, or the group was used "
                  "without it. Choose another source.group, or start with --fresh to learn anew.",
                  name_, one.next, one.topic, one.partition);
    }
    const auto* saved = checkpoint->position.find(one.topic, one.partition);
    if (saved != nullptr && saved->next == one.next) continue;
    return fail(ErrorCode::data,
                "{}: the state ends before offset {} of {}[{}], but the group's committed offset is {}. They are committed together: "
                "somebody has moved the group's offsets, or the topic has lost its newest state. Set them back, or start with --fresh.",
                name_, saved == nullptr ? 0 : saved->next, one.topic, one.partition, one.next);
  }
  return {};
}

Result<std::uint64_t> KafkaStore::save(Checkpoint checkpoint, const OutputBatch& outputs) {
  checkpoint.sequence = last_sequence_ + 1;
  const auto bytes = encode_checkpoint(checkpoint);
  // What could not be read back must not replace what can.
  if (const auto head = read_head(bytes); !head)
    return fail(ErrorCode::internal, "checkpoint not saved, it could not be read back: {}", head.error().message);
  if (auto status = topic_.publish(checkpoint.sequence, bytes, checkpoint.position, outputs); !status)
    return tl::unexpected(status.error());
  last_sequence_ = checkpoint.sequence;
  return bytes.size();
}

Result<std::optional<LoadedCheckpoint>> look_at_state_topic(kafka::StateTopicSettings settings) {
  const auto name = "topic " + settings.topic + ", group " + settings.group;
  auto stored = kafka::StateTopic(std::move(settings)).look();
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return std::nullopt;
  auto checkpoint = decode_checkpoint((*stored)->bytes);
  if (!checkpoint) return fail(ErrorCode::data, "{}: {}", name, checkpoint.error().message);
  return LoadedCheckpoint{*std::move(checkpoint), name, {}};
}

}  // namespace rekindle
