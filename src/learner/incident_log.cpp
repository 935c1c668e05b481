#include "learner/incident_log.hpp"

#include <algorithm>

namespace rekindle {

void IncidentLog::open(Incident incident, std::uint64_t labelled) {
  incident.id = ++total_;
  if (newest_.size() == kept) newest_.erase(newest_.begin());
  newest_.push_back(std::move(incident));
  opened_at_ = labelled;
  open_ = true;
}

const Incident* IncidentLog::observe(double fast_loss, std::uint64_t labelled) {
  if (!open_) return nullptr;
  auto& incident = newest_.back();
  incident.loss_peak = std::max(incident.loss_peak.value_or(fast_loss), fast_loss);
  if (labelled == opened_at_ || fast_loss > 1.1 * incident.loss_before.value_or(0)) return nullptr;
  incident.recovered_after = labelled - opened_at_;
  open_ = false;
  return &incident;
}

void IncidentLog::revise_kind(const char* kind) {
  if (newest_.empty() || newest_.back().kind == kind || newest_.back().kind == "recurring") return;
  newest_.back().kind = kind;
}

Incident* IncidentLog::find(std::uint64_t id) {
  const auto gone = total_ - newest_.size();
  return id > gone && id <= total_ ? &newest_[static_cast<std::size_t>(id - gone - 1)] : nullptr;
}

std::optional<std::uint64_t> IncidentLog::since_answered(std::uint64_t labelled) const {
  const bool answered = !newest_.empty() && (newest_.back().response != "hold" || !newest_.back().tried.empty());
  return answered ? std::optional(labelled - opened_at_) : std::nullopt;
}

void IncidentLog::save(ByteWriter& out) const {
  out.put(total_);
  out.put(opened_at_);
  out.put(open_);
  out.put<std::uint64_t>(newest_.size());
  for (const auto& incident : newest_) incident.save(out);
}

void IncidentLog::load(ByteReader& in) {
  in.get_into(total_);
  in.get_into(opened_at_);
  open_ = in.get<std::uint8_t>() != 0;
  const auto count = in.get<std::uint64_t>();
  newest_.clear();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) newest_.emplace_back().load(in);
  if (open_ && newest_.empty()) in.invalidate();
}

void IncidentLog::save_times(ByteWriter& out) const {
  for (const auto& incident : newest_) incident.save_notes(out);
}

void IncidentLog::load_times(ByteReader& in) {
  for (auto& incident : newest_) incident.load_notes(in);
}

void IncidentLog::save_forgetting(ByteWriter& out) const {
  for (const auto& incident : newest_) {
    out.put(incident.forgetting_loss.has_value());
    out.put(incident.forgetting_loss.value_or(0));
  }
}

void IncidentLog::load_forgetting(ByteReader& in) {
  for (auto& incident : newest_) {
    const bool known = in.get<std::uint8_t>() != 0;
    const auto loss = in.get<double>();
    incident.forgetting_loss = known ? std::optional(loss) : std::nullopt;
  }
}

}  // namespace rekindle
