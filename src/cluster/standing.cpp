// How a leader leaves its place, and another takes it.
#include "cluster/leader.hpp"

namespace rekindle::cluster {

Standing Leader::standing() const {
  Standing out;
  out.round = round_;
  out.workers = workers_;
  ByteWriter rate;
  rate_->save(rate);
  out.rate.assign(rate.bytes().begin(), rate.bytes().end());
  out.lengths = step_length_.values();
  out.scale = scale_;
  out.live = live_;
  out.begun = begun_;
  out.incidents = incidents_total_;
  out.global_incident = global_incident_;
  return out;
}

Result<std::unique_ptr<Leader>> Leader::take_over(LeaderSettings settings, std::unique_ptr<GroupRate> rate, const Standing& standing,
                                                  Model model, std::uint64_t term) {
  if (term <= standing.round.term) {
    return fail(ErrorCode::internal, "a leader of term {} cannot follow one of term {}", term, standing.round.term);
  }
  ByteReader in(standing.rate);
  rate->load(in, standing.round.clock);
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "the group's schedule on the topic cannot be read");
  std::unique_ptr<Leader> leader(new Leader(std::move(settings), std::move(rate)));
  leader->round_ = standing.round;
  leader->model_ = std::move(model);
  leader->workers_ = standing.workers;
  for (auto& [worker, record] : leader->workers_) record.heard_round = standing.round.round;  // It hears them anew.
  if (standing.lengths.size() == leader->settings_.parts) leader->step_length_ = StepLength(standing.lengths);
  leader->scale_ = leader->scale_from_ = standing.scale;
  leader->live_ = standing.live;
  leader->begun_ = standing.begun;
  leader->incidents_total_ = standing.incidents;
  leader->global_incident_ = standing.global_incident;
  leader->round_.term = term;
  ++leader->round_.generation;
  leader->send_model();
  leader->begin_round();
  return leader;
}

}  // namespace rekindle::cluster
