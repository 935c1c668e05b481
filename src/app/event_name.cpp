#include "app/event_name.hpp"

namespace rekindle {

namespace {

struct Name {
  std::string_view operator()(const IncidentOpened& /*event*/) const { return "drift"; }
  std::string_view operator()(const IncidentRecovered& /*event*/) const { return "recovered"; }
  std::string_view operator()(const LearningRateRestarted& /*event*/) const { return "restart"; }
  std::string_view operator()(const OptimizerReset& /*event*/) const { return "reset"; }
  std::string_view operator()(const UpdateSkipped& /*event*/) const { return "skipped"; }
  std::string_view operator()(const ClassAdded& /*event*/) const { return "class"; }
  std::string_view operator()(const Diverged& /*event*/) const { return "diverged"; }
  std::string_view operator()(const PlateauMet& event) const { return event.answer(); }
  std::string_view operator()(const LearningRateCommanded& event) const { return event.command; }
  std::string_view operator()(const ResponseRolledBack& /*event*/) const { return "rollback"; }
  std::string_view operator()(const ChampionReplaced& /*event*/) const { return "replaced"; }
};

}  // namespace

std::string_view event_name(const Event& event) { return std::visit(Name(), event); }

}  // namespace rekindle
