// DriftPolicy: from the evidence of a drift to the response. It decides; the learner carries out.
#pragma once

#include <memory>
#include <span>
#include <variant>

#include "base/registry.hpp"
#include "drift/kind.hpp"
#include "drift/severity.hpp"

namespace rekindle {

struct DriftEvidence {
  DriftSeverity severity = DriftSeverity::mild;
  double size = 0;  // SeverityEstimate::size
  DriftKind kind = DriftKind::abrupt;
};

// Ordered from mild to extreme.
struct Hold {};
struct Restart {
  double forget = 1;            // Share of the optimizer's accumulators to drop.
  double warmup_samples = 100;  // Steps of a linear warm-up, where the schedule has none of its own.
};
using Response = std::variant<Hold, Restart>;

class DriftPolicy {
 public:
  virtual ~DriftPolicy() = default;
  [[nodiscard]] virtual Response decide(const DriftEvidence& evidence) const = 0;
};

// `make` gives null for the policy that does not even look.
using PolicyRow = RegistryRow<std::function<std::unique_ptr<const DriftPolicy>()>>;
[[nodiscard]] std::span<const PolicyRow> policies();

}  // namespace rekindle
