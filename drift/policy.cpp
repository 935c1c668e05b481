#include "drift/policy.hpp"

#include <array>

namespace rekindle {

namespace {

class Alarm final : public DriftPolicy {
 public:
  [[nodiscard]] Response decide(const DriftEvidence& /*evidence*/) const override { return {}; }
};

// The plain form: whatever the size, restart the LR schedule and drop the accumulators. The warm-up is there because a
// fresh accumulator makes the first steps too large (Adam, RMSProp).
class AlwaysRestart final : public DriftPolicy {
 public:
  [[nodiscard]] Response decide(const DriftEvidence& /*evidence*/) const override {
    Response response;
    response.restart = true;
    response.forget = 1;
    return response;
  }
};

// By the table; a row for the kind wins over the one for the severity.
class Graded final : public DriftPolicy {
 public:
  explicit Graded(const ResponseTable& table) : table_(table) {}
  [[nodiscard]] Response decide(const DriftEvidence& evidence) const override {
    const auto& by_kind = table_.by_kind[static_cast<std::size_t>(evidence.kind)];
    return by_kind ? *by_kind : table_.by_severity[static_cast<std::size_t>(evidence.severity)];
  }
  [[nodiscard]] bool on_probation() const override { return true; }

 private:
  ResponseTable table_;
};

template <class Policy>
std::unique_ptr<const DriftPolicy> without_table(const ResponseTable& /*table*/) {
  return std::make_unique<Policy>();
}

}  // namespace

std::span<const PolicyRow> policies() {
  static const std::array rows = {
      PolicyRow{"none", "no detection, no response", {}, [](const ResponseTable&) { return nullptr; }},
      PolicyRow{"alarm", "incidents are recorded, nothing is done (dry run)", {}, without_table<Alarm>},
      PolicyRow{"restart", "LR warm restart and accumulator reset at once", {}, without_table<AlwaysRestart>},
      PolicyRow{"graded",
                "by size and kind, on trial beside the champion, undone where it does harm",
                {},
                [](const ResponseTable& table) { return std::make_unique<Graded>(table); }},
  };
  return rows;
}

}  // namespace rekindle
