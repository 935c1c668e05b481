// ModelTopic: a learner's model in a compacted topic, in pieces that any topic takes, and the newest whole one read from there.
//
// Partition 0 of the topic holds, for each group of daemons that publishes there,
//   key model/SLOT/PIECE/GROUP   headers rekindle.model.{version,piece,pieces,bytes,checksum}, the same for all pieces but for `piece`
// with SLOT 0 and 1 in turn: while one is overwritten the other is whole. A small model is one record, and its value is the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "connectors/kafka/kafka_settings.hpp"
#include "data/output.hpp"

namespace rekindle::kafka {

// The records of one model; of `piece_bytes` at most, each.
inline constexpr std::size_t model_piece_bytes = 900'000;  // Below what a topic takes by default, with room for key and headers.
void add_model(std::string_view file, std::uint64_t version, const std::string& topic, const std::string& group, unsigned slot,
               OutputBatch& out, std::size_t piece_bytes = model_piece_bytes);

struct ModelTopicSettings {
  KafkaSettings kafka;
  std::string topic;
  std::string group;  // Whose models; "": of the only one that publishes there.
};

// One thread calls everything.
class ModelTopic {
 public:
  // Connects to nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<ModelTopic>> open(ModelTopicSettings settings);
  ~ModelTopic();
  ModelTopic(const ModelTopic&) = delete;
  ModelTopic& operator=(const ModelTopic&) = delete;

  // Reads on, for the patience at most. The newest whole model, once everything that is there has been read; nothing where there is no
  // newer one than the last. ErrorCode::data: several groups publish there and none was named.
  [[nodiscard]] Result<std::optional<std::string>> next(std::chrono::milliseconds patience);

  // Why nothing can be read, or ""; also where only parts of models have come.
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] bool connected() const;

 private:
  class Reader;
  explicit ModelTopic(std::unique_ptr<Reader> reader);
  std::unique_ptr<Reader> reader_;
};

}  // namespace rekindle::kafka
