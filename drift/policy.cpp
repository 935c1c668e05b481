#include "drift/policy.hpp"

#include <array>

namespace rekindle {

namespace {

class Alarm final : public DriftPolicy {
 public:
  [[nodiscard]] Response decide(const DriftEvidence& /*evidence*/) const override { return Hold{}; }
};

// The plain form: whatever the size, restart the LR schedule and drop the accumulators. The warm-up is there because a
// fresh accumulator makes the first steps too large (Adam, RMSProp).
class AlwaysRestart final : public DriftPolicy {
 public:
  [[nodiscard]] Response decide(const DriftEvidence& /*evidence*/) const override { return Restart{}; }
};

}  // namespace

std::span<const PolicyRow> policies() {
  static const std::array rows = {
      PolicyRow{"none", "no detection, no response", {}, [] { return nullptr; }},
      PolicyRow{"alarm", "incidents are recorded, nothing is done (dry run)", {}, [] { return std::make_unique<Alarm>(); }},
      PolicyRow{"restart", "LR warm restart and accumulator reset at once", {}, [] { return std::make_unique<AlwaysRestart>(); }},
  };
  return rows;
}

}  // namespace rekindle
