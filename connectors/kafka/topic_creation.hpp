// TopicCreation: asks the cluster to create a topic, without waiting for the answer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

// The source's topic may take larger records than is usual.
[[nodiscard]] Properties dead_letter_topic_config();
// For the newest of each key. Compaction leaves the newest segment alone, and a start reads all that is there.
[[nodiscard]] Properties compacted_topic_config();

// Asks the cluster for a sign of life. ErrorCode::unavailable: there is none, with the reason as far as the client knows it.
[[nodiscard]] Status reach(Client& client, std::chrono::milliseconds patience);

class TopicCreation {
 public:
  // With as many replicas as the broker's default says.
  TopicCreation(rd_kafka_t* client, const std::string& topic, int partitions, const Properties& config, std::chrono::milliseconds patience);

  // The answer, once, when it has come: "" when the topic now exists, also when it did before; else why it does not.
  [[nodiscard]] std::optional<std::string> answer();

 private:
  QueueHolder answers_;
};

// Several under way at once. The answers' queues belong to the client: `clear` before it ends.
class TopicCreations {
 public:
  void ask(Client& client, const std::string& topic, int partitions, const Properties& config, std::chrono::milliseconds patience);
  // Takes the answers that have come. A refusal is only logged, under `kind`: we may lack the right to create what exists already, and
  // using the topic shows whether it does.
  void read_answers(Client& client, std::string_view kind);
  // Until all answers have come, or the time is over; what has not come by then is let go.
  void settle(Client& client, std::string_view kind, std::chrono::milliseconds patience);
  [[nodiscard]] bool empty() const { return under_way_.empty(); }
  void clear() { under_way_.clear(); }

 private:
  std::vector<std::pair<std::string, TopicCreation>> under_way_;
};

inline constexpr int partitions_by_the_broker = -1;  // As many as is its default.

}  // namespace rekindle::kafka
