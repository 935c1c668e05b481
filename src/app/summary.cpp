#include "app/summary.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <iterator>

#include "http/status_json.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

LateLabelStatus late_labels_of(const Learner& learner) {
  LearnerStatus status;
  learner.report(status);
  return status.late_labels.value_or(LateLabelStatus{});
}

}  // namespace

json::object summary_json(const Learner& learner, double seconds) {
  const auto& c = learner.counters();
  json::object metrics;
  for (const auto& [name, value] : learner.metrics()) metrics[name] = value ? json::value(*value) : json::value(nullptr);
  json::array incidents;
  for (const auto& incident : learner.incidents().newest()) incidents.push_back(incident_json(incident));
  json::object out{{"samples", c.samples},
                   {"labelled", c.labelled},
                   {"learned", c.learned},
                   {"rejected", c.rejected},
                   {"updates", c.updates},
                   {"restarts", c.restarts_total()},
                   {"resets", c.resets_total()},
                   {"replacements", c.replacements},
                   {"lr", learner.lr()},
                   {"metrics", std::move(metrics)},
                   {"incidents", std::move(incidents)},
                   {"seconds", seconds},
                   {"samples_per_second", seconds > 0 ? static_cast<double>(c.samples) / seconds : 0.0},
                   {"state_hash", learner.state_hash()}};
  if (learner.spec().late.on) out["late_labels"] = late_labels_json(late_labels_of(learner));
  if (const auto members = learner.members(); !members.empty()) out["members"] = members_json(members);
  return out;
}

std::string grouped(std::uint64_t number) {
  auto digits = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

namespace {

std::string incident_line(const Incident& i) {
  const auto recovery =
      i.recovered_after ? fmt::format("recovered after {} samples", grouped(*i.recovered_after)) : std::string("not recovered yet");
  auto action =
      i.response == "hold" ? std::string("no response") : fmt::format("{}: lr {:.3g} -> {:.3g}", i.response, i.lr_before, i.lr_after);
  if (i.response == "restart") action += " within the warm-up, accumulators reset";
  return fmt::format("  {:>10}  {} ({}), {} {:.3f} -> {:.3f}; {}; loss {:.3f} -> {:.3f}; {}\n", grouped(i.sample), "drift", i.severity,
                     i.detector, i.mean_before, i.mean_after, action, i.loss_before.value_or(0), i.loss_peak.value_or(0), recovery);
}

}  // namespace

std::string summary_text(const Learner& learner, double seconds, std::size_t incidents_shown) {
  const auto& c = learner.counters();
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "samples     {} ({} learned, {} rejected), {} updates\n", grouped(c.samples), grouped(c.learned), grouped(c.rejected),
                 grouped(c.updates));
  if (seconds > 0)
    fmt::format_to(to, "speed       {} samples/s\n", grouped(static_cast<std::uint64_t>(static_cast<double>(c.samples) / seconds)));
  fmt::format_to(to, "metrics    ");
  for (const auto& [name, value] : learner.metrics()) {
    if (!value) continue;
    if (name.ends_with("_samples")) {
      fmt::format_to(to, " {} {} ", name, grouped(static_cast<std::uint64_t>(*value)));
    } else {
      fmt::format_to(to, " {} {:.4f} ", name, *value);
    }
  }
  fmt::format_to(to, "\nlr          {:.6g} after {} restarts, {} resets\n", learner.lr(), c.restarts_total(), c.resets_total());
  LearnerStatus status;
  learner.report(status);
  if (status.late_labels) {
    fmt::format_to(to, "labels     ");
    for (std::size_t i = 0; i < late_label_names.size(); ++i)
      fmt::format_to(to, " {} {} ", late_label_names[i], grouped(status.late_labels->labels[i]));
    fmt::format_to(to, "; samples timed out {}, waiting {}\n", grouped(status.late_labels->unlabelled[0]),
                   grouped(status.late_labels->waiting));
  }
  if (const auto& health = status.health; !health.verdict.empty()) fmt::format_to(to, "schedule    {}: {}\n", health.verdict, health.cause);
  const auto& incidents = learner.incidents();
  fmt::format_to(to, "incidents   {}\n", grouped(incidents.total()));
  const auto& newest = incidents.newest();
  const std::size_t skip = newest.size() > incidents_shown ? newest.size() - incidents_shown : 0;
  if (skip > 0) fmt::format_to(to, "  ... the newest {}:\n", incidents_shown);
  for (std::size_t i = skip; i < newest.size(); ++i) out += incident_line(newest[i]);
  fmt::format_to(to, "state       {}\n", learner.state_hash());
  return out;
}

}  // namespace rekindle
