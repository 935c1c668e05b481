// How long a broker gets for its answer.
#pragma once

#include <chrono>

namespace rekindle::kafka {

inline constexpr int reach_ms = 2000;                      // To tell what it knows of a partition; in librdkafka's unit.
inline constexpr std::chrono::seconds reach_patience{2};   // To be there for a transactional producer.
inline constexpr std::chrono::seconds begin_patience{2};   // To begin a transaction.
inline constexpr std::chrono::seconds create_patience{5};  // To create topics.

}  // namespace rekindle::kafka
