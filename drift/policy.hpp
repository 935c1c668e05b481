// DriftPolicy: from the evidence of a drift to the response. It decides; the learner carries out.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/registry.hpp"
#include "drift/response.hpp"
#include "drift/severity.hpp"

namespace rekindle {

struct DriftEvidence {
  DriftSeverity severity = DriftSeverity::mild;
  double size = 0;  // SeverityEstimate::size
  DriftKind kind = DriftKind::abrupt;
};

class DriftPolicy {
 public:
  virtual ~DriftPolicy() = default;
  [[nodiscard]] virtual Response decide(const DriftEvidence& evidence) const = 0;
  // True: a response made at once is watched, and undone where the learner without it does better.
  [[nodiscard]] virtual bool on_probation() const { return false; }
};

// `make` gives null for the policy that does not even look.
using PolicyRow = RegistryRow<std::function<std::unique_ptr<const DriftPolicy>(const ResponseTable&)>>;
[[nodiscard]] std::span<const PolicyRow> policies();

}  // namespace rekindle
