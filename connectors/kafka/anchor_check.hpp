// AnchorCheck: whether partitions still hold the records that were learned last.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/kafka/client.hpp"
#include "data/anchor.hpp"

namespace rekindle::kafka {

// The partitions of a topic with another record in the place of the anchor. What cannot be told, as the record is gone or was a mark of
// a transaction, is no difference. Nothing when the brokers do not answer within the patience. Waits: not for the learner's thread.
[[nodiscard]] std::optional<std::set<std::int32_t>> changed_partitions(const KafkaSettings& settings, const std::string& topic,
                                                                       const std::vector<Anchor>& anchors,
                                                                       std::chrono::milliseconds patience);

}  // namespace rekindle::kafka
