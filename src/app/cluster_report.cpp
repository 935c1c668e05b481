#include "app/cluster_report.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "app/summary.hpp"

namespace rekindle {

namespace json = boost::json;

namespace {

// Of all workers together.
struct Totals {
  std::uint64_t samples = 0;
  std::uint64_t labelled = 0;
  std::uint64_t learned = 0;
  std::uint64_t rejected = 0;
  std::uint64_t updates = 0;
};

Totals totals_of(const ClusterSimulation& group) {
  Totals out;
  for (std::size_t k = 0; k < group.workers(); ++k) {
    const auto& c = group.learner(k).counters();
    out.samples += c.samples;
    out.labelled += c.labelled;
    out.learned += c.learned;
    out.rejected += c.rejected;
    out.updates += c.updates;
  }
  return out;
}

// One worker alone is the plain learner, with all that a learner measures.
NamedMetrics metrics_of(const ClusterSimulation& group) {
  return group.leader() == nullptr ? group.learner(0).metrics() : group.scores().metrics();
}

json::object metrics_json(const NamedMetrics& metrics) {
  json::object out;
  for (const auto& [name, value] : metrics) out[name] = value ? json::value(*value) : json::value(nullptr);
  return out;
}

std::optional<double> metric(const NamedMetrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  return std::nullopt;
}

json::object worker_json(const ClusterSimulation& group, std::size_t k) {
  const auto& learner = group.learner(k);
  const auto& c = learner.counters();
  json::object out{{"worker", k},
                   {"samples", c.samples},
                   {"learned", c.learned},
                   {"updates", c.updates},
                   {"lr", learner.lr()},
                   {"metrics", metrics_json(learner.metrics())},
                   {"state_hash", learner.state_hash()}};
  if (const auto* worker = group.worker(k)) {
    out["version"] = worker->version();
    out["published"] = worker->counters().published;
    out["adopted"] = worker->counters().adopted;
    out["older_ignored"] = worker->counters().ignored;
    out["dropped"] = worker->counters().dropped;
  }
  return out;
}

json::object incident_json(const cluster::GroupIncident& one) {
  return {{"id", one.id},
          {"global_sample", one.clock.samples},
          {"scope", one.global ? "global" : "local"},
          {"worker", one.worker},
          {"votes_for", one.votes_for},
          {"votes_against", one.votes_against},
          {"severity", one.severity},
          {"response", one.response},
          {"lr_before", one.lr_before},
          {"lr_after", one.lr_after}};
}

std::string incident_line(const cluster::GroupIncident& one) {
  const auto where = one.global ? std::string("of all") : fmt::format("of worker {}", one.worker);
  return fmt::format("  {:>10}  drift {} ({}), {} for, {} against; {}: lr {:.3g} -> {:.3g}\n", grouped(one.clock.samples), where,
                     one.severity, one.votes_for, one.votes_against, one.response, one.lr_before, one.lr_after);
}

std::string metrics_line(const char* name, const NamedMetrics& metrics) {
  std::string out = fmt::format("{:<11}", name);
  for (const auto& [key, value] : metrics) {
    if (value) out += fmt::format(" {} {:.4f} ", key, *value);
  }
  return out + "\n";
}

std::string worker_line(const ClusterSimulation& group, std::size_t k) {
  const auto& learner = group.learner(k);
  auto out = fmt::format("  worker {:<3} {:>10} learned, loss {:.4f}", k, grouped(learner.counters().learned),
                         metric(learner.metrics(), "loss").value_or(0));
  if (const auto* worker = group.worker(k)) {
    const auto& c = worker->counters();
    out += fmt::format(", published {}, adopted {}, dropped {}", c.published, c.adopted, c.dropped);
  }
  return out + "\n";
}

}  // namespace

json::object cluster_json(const ClusterSimulation& group, const Learner& single, double seconds) {
  const auto totals = totals_of(group);
  const auto alone = metric(single.metrics(), "loss");
  json::array workers;
  for (std::size_t k = 0; k < group.workers(); ++k) workers.push_back(worker_json(group, k));
  json::array incidents;
  for (const auto& one : group.incidents()) incidents.push_back(incident_json(one));
  const auto* leader = group.leader();
  const auto& first = group.learner(0);
  return {{"workers", group.workers()},
          {"rounds", group.rounds()},
          {"samples", totals.samples},
          {"labelled", totals.labelled},
          {"learned", totals.learned},
          {"rejected", totals.rejected},
          {"updates", totals.updates},
          {"restarts", leader == nullptr ? first.counters().restarts_total() : leader->counters().restarts},
          {"resets", leader == nullptr ? first.counters().resets_total() : leader->counters().resets},
          {"lr", leader == nullptr ? first.lr() : leader->round().lr},
          {"generation", leader == nullptr ? first.counters().restarts_total() : leader->round().generation},
          {"metrics", metrics_json(metrics_of(group))},
          {"loss_single", alone ? json::value(*alone) : json::value(nullptr)},
          {"metrics_single", metrics_json(single.metrics())},
          {"incidents", std::move(incidents)},
          {"bytes_sent", group.traffic().bytes},
          {"messages_sent", group.traffic().messages},
          {"messages_fenced", group.traffic().fenced},
          {"stale_dropped", group.stale_dropped()},
          {"by_worker", std::move(workers)},
          {"seconds", seconds},
          {"samples_per_second", seconds > 0 ? static_cast<double>(totals.samples) / seconds : 0.0},
          {"side_by_side_per_second",
           group.seconds_side_by_side() > 0 ? static_cast<double>(totals.samples) / group.seconds_side_by_side() : 0.0},
          {"state_hash", group.state_hash()}};
}

std::string cluster_text(const ClusterSimulation& group, const Learner& single, double seconds) {
  const auto totals = totals_of(group);
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "samples     {} ({} learned, {} rejected) by {} worker{}, {} rounds\n", grouped(totals.samples),
                 grouped(totals.learned), grouped(totals.rejected), group.workers(), group.workers() == 1 ? "" : "s",
                 grouped(group.rounds()));
  if (seconds > 0)
    fmt::format_to(to, "speed       {} samples/s\n", grouped(static_cast<std::uint64_t>(static_cast<double>(totals.samples) / seconds)));
  if (const double side_by_side = group.seconds_side_by_side(); side_by_side > 0)
    fmt::format_to(to, "side by side {} samples/s, where each worker has a processor of its own\n",
                   grouped(static_cast<std::uint64_t>(static_cast<double>(totals.samples) / side_by_side)));
  out += metrics_line("group", metrics_of(group));
  out += metrics_line("single", single.metrics());
  fmt::format_to(to, "sent        {} bytes in {} messages ({:.1f} bytes a sample), {} stale changes dropped\n",
                 grouped(group.traffic().bytes), grouped(group.traffic().messages),
                 static_cast<double>(group.traffic().bytes) / static_cast<double>(std::max<std::uint64_t>(1, totals.samples)),
                 group.stale_dropped());
  if (const auto* leader = group.leader()) {
    const auto incidents = group.incidents();
    fmt::format_to(to, "schedule    lr {:.6g}, generation {}, {} restarts\nincidents   {}\n", leader->round().lr,
                   leader->round().generation, leader->counters().restarts, incidents.size());
    for (const auto& one : incidents) out += incident_line(one);
  }
  for (std::size_t k = 0; k < group.workers(); ++k) out += worker_line(group, k);
  fmt::format_to(to, "state       {}\n", group.state_hash());
  return out;
}

Result<std::unique_ptr<RoundTrace>> RoundTrace::open(const std::string& path) {
  auto* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  std::fputs("round,worker,global_step,generation,lr\n", file);
  return std::unique_ptr<RoundTrace>(new RoundTrace(path, file));
}

void RoundTrace::add(const RoundBegun& begun) {
  const auto& round = begun.round;
  fmt::print(file_.get(), "{},{},{},{},{}\n", round.round, begun.worker, round.clock.updates, round.generation, round.lr);
}

Status RoundTrace::close() {
  const bool failed = std::ferror(file_.get()) != 0;
  const bool closed = std::fclose(file_.release()) == 0;
  if (failed || !closed) return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno));
  return {};
}

}  // namespace rekindle
