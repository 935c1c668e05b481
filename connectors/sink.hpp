// OutputSink: where predictions and events go. The learner thread calls everything.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "data/output.hpp"

namespace rekindle {

class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // Takes a copy. ErrorCode::unavailable: there was no room for a while; nothing was taken, try again.
  [[nodiscard]] virtual Status send(const OutputRecord& record) = 0;
  // True when all that was sent has been acknowledged within the patience. What was not is sent again by itself.
  [[nodiscard]] virtual bool flush(std::chrono::milliseconds patience) = 0;
  // Why something that was sent is not acknowledged yet, where a try has failed; else "".
  [[nodiscard]] virtual std::string problem() const { return ""; }
  // Deliveries to this topic that failed so far.
  [[nodiscard]] virtual std::uint64_t failures(const std::string& /*topic*/) const { return 0; }
};

}  // namespace rekindle
