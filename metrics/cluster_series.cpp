// Series of a daemon's part in a group that learns as one. Where it learns alone, counters stay at zero and the rest is absent.
#include "data/cluster_status.hpp"
#include "metrics/series_points.hpp"

namespace rekindle {
namespace {

using enum SeriesType;

const ClusterStatus alone;

const ClusterStatus& cluster(const Readings& from) { return from.status.cluster ? *from.status.cluster : alone; }

// Nothing before a leader was heard.
template <auto Member>
Series heard_gauge(std::string_view name, std::string_view help) {
  return {name, gauge, help, {}, [](const Readings& from, Points& to) {
            if (cluster(from).term != 0) to.add({}, static_cast<double>(cluster(from).*Member));
          }};
}

template <auto Member>
Series count(std::string_view name, std::string_view help) {
  return {name, counter, help, {}, [](const Readings& from, Points& to) { to.add({}, real(cluster(from).*Member)); }};
}

const std::vector<Series> cluster_series_list = {
    {"rekindle_cluster_leader",
     gauge,
     "1 where this daemon leads the group, else 0.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.cluster) to.add({}, from.status.cluster->leader ? 1 : 0);
     }},
    {"rekindle_cluster_tasks",
     gauge,
     "Partitions that the group has given to this daemon.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.cluster) to.add({}, real(from.status.cluster->tasks.size()));
     }},
    {"rekindle_cluster_live_workers",
     gauge,
     "Tasks of the whole group that the leader has heard lately; only where this daemon leads.",
     {},
     [](const Readings& from, Points& to) {
       if (cluster(from).leader) to.add({}, real(cluster(from).live_workers));
     }},
    heard_gauge<&ClusterStatus::term>("rekindle_cluster_term", "Leaders that the group has had, as heard here."),
    heard_gauge<&ClusterStatus::generation>("rekindle_cluster_generation", "Changes of the group's schedule, as heard here."),
    heard_gauge<&ClusterStatus::round>("rekindle_cluster_round", "Newest round, as heard here."),
    heard_gauge<&ClusterStatus::version>("rekindle_cluster_model_version", "Newest model of the group, as heard here."),
    heard_gauge<&ClusterStatus::global_step>("rekindle_cluster_global_step",
                                             "Updates of all tasks when the newest round began: the step of the schedule."),
    heard_gauge<&ClusterStatus::lr>("rekindle_cluster_learning_rate", "Learning rate of the newest round, the same for all tasks."),
    count<&ClusterStatus::published>("rekindle_cluster_published_total", "Changes of their weights that tasks here have published."),
    count<&ClusterStatus::adopted>("rekindle_cluster_adopted_total", "Models of the group that tasks here have adopted."),
    count<&ClusterStatus::ignored>("rekindle_cluster_ignored_total", "Rounds and models older than what a task here knew."),
    {"rekindle_cluster_changes_total",
     counter,
     "Changes that this daemon as the leader has averaged in, or dropped as stale.",
     {{"fate", texts(change_fate_names)}},
     [](const Readings& from, Points& to) { add_counts(to, change_fate_names, cluster(from).changes); }},
    {"rekindle_cluster_incidents_total",
     counter,
     "Drifts that this daemon as the leader has judged, of all partitions or of one.",
     {{"scope", texts(incident_scope_names)}},
     [](const Readings& from, Points& to) { add_counts(to, incident_scope_names, cluster(from).incidents); }},
    count<&ClusterStatus::elections>("rekindle_cluster_elections_total", "Times that this daemon became the leader."),
    count<&ClusterStatus::aborted>("rekindle_cluster_aborted_transactions_total",
                                   "Transactions given up because the group had given the partitions to another daemon."),
};

}  // namespace

const std::vector<Series>& cluster_series() { return cluster_series_list; }

}  // namespace rekindle
