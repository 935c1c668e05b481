// ReplayReport: what `replay --report` shows, gathered sample by sample.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "app/class_tables.hpp"
#include "app/session.hpp"
#include "app/thinned_series.hpp"
#include "base/moving.hpp"

namespace rekindle {

class ReplayReport final : public SampleObserver {
 public:
  explicit ReplayReport(const LearnerSpec& spec) : tables_(spec.schema.task), classifies_(spec.schema.is_classification()) {}

  void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) override;

  // `summary` is what `replay --json` prints, `recording` and `configuration` (its text) tell what was replayed.
  [[nodiscard]] boost::json::object json(const Learner& learner, boost::json::object summary, const std::string& recording,
                                         const std::string& configuration) const;

 private:
  void mark(const Learner& learner, std::uint64_t at);

  ThinnedSeries fast_;
  ThinnedSeries slow_;
  ThinnedSeries lr_;
  // As the learner's own.
  FadingMean fast_loss_{1.0 / 50};
  FadingMean slow_loss_{1.0 / 2000};
  ClassTables tables_;
  bool classifies_;
  // A regression's baseline: the last label again.
  std::optional<double> last_target_;
  FadingMean last_target_squares_{0};
  boost::json::array marks_;
};

}  // namespace rekindle
