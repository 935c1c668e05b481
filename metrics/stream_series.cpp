// Series of the streams: what comes in, labels that come later, what goes out.
#include <algorithm>

#include "metrics/series_points.hpp"

namespace rekindle {
namespace {

using enum SeriesType;

const LateLabelStatus no_late_labels;

// At zero where labels come with their samples.
const LateLabelStatus& late_labels(const Readings& from) {
  return from.status.learner.late_labels ? *from.status.learner.late_labels : no_late_labels;
}

const std::vector<Series> stream_series_list = {
    {"rekindle_kafka_lag_records",
     gauge,
     "Records between the position and the end of the partition.",
     {{"topic", {}}, {"partition", {}}},
     [](const Readings& from, Points& to) {
       add_partitions(from, to, [](const PartitionStatus& one) -> std::optional<double> {
         if (!one.lag_records) return std::nullopt;
         return static_cast<double>(*one.lag_records);
       });
     }},
    {"rekindle_kafka_lag_seconds",
     gauge,
     "Age of the last learned record; 0 at the end of the partition.",
     {{"topic", {}}, {"partition", {}}},
     [](const Readings& from, Points& to) { add_partitions(from, to, [](const PartitionStatus& one) { return one.lag_seconds; }); }},
    {"rekindle_kafka_position",
     gauge,
     "Next offset to learn.",
     {{"topic", {}}, {"partition", {}}},
     [](const Readings& from, Points& to) {
       add_partitions(from, to, [](const PartitionStatus& one) { return std::optional(static_cast<double>(one.next)); });
     }},
    {"rekindle_kafka_rebalances_total",
     counter,
     "Times that the assignment of partitions changed.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.source.rebalances)); }},
    {"rekindle_kafka_connected",
     gauge,
     "1 while a broker can be reached, else 0.",
     {},
     [](const Readings& from, Points& to) {
       if (reads_kafka(from)) to.add({}, from.status.source.connected ? 1 : 0);
     }},
    {"rekindle_dead_letters_total",
     counter,
     "Records that could not be learned, by reason.",
     {{"reason", texts(reject_reason_names)}},
     [](const Readings& from, Points& to) { add_counts(to, reject_reason_names, from.status.source.dead_letters); }},
    {"rekindle_skipped_records_total",
     counter,
     "Records left out because the lag was above source.lag_limit, by what source.on_lag says.",
     {{"policy", texts(lag_policy_names)}},
     [](const Readings& from, Points& to) { add_counts(to, lag_policy_names, from.status.source.skipped); }},
    {"rekindle_data_losses_total",
     counter,
     "Times that records were gone before they were read: deleted, or the topic was made anew.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.source.losses)); }},
    {"rekindle_lost_records_total",
     counter,
     "Records that were gone before they were read, as far as they can be counted.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.source.lost_records)); }},
    // What goes out
    {"rekindle_output_records_total",
     counter,
     "Records handed over for a topic.",
     {{"output", texts(output_names)}},
     [](const Readings& from, Points& to) { add_counts(to, output_names, from.status.output.records); }},
    {"rekindle_output_bytes_total",
     counter,
     "Keys and values of the records handed over for a topic.",
     {{"output", texts(output_names)}},
     [](const Readings& from, Points& to) { add_counts(to, output_names, from.status.output.bytes); }},
    {"rekindle_output_errors_total",
     counter,
     "Records that a topic did not take; they are tried again.",
     {{"output", texts(output_names)}},
     [](const Readings& from, Points& to) { add_counts(to, output_names, from.status.output.errors); }},
    // Labels that come later
    {"rekindle_late_labels_total",
     counter,
     "Labels that came in records of their own, by what became of them.",
     {{"outcome", texts(late_label_names)}},
     [](const Readings& from, Points& to) { add_counts(to, late_label_names, late_labels(from).labels); }},
    {"rekindle_unlabelled_samples_total",
     counter,
     "Samples that no label was waited for any more: out of time, out of room, or another of the same id was there before.",
     {{"reason", texts(unlabelled_names)}},
     [](const Readings& from, Points& to) { add_counts(to, unlabelled_names, late_labels(from).unlabelled); }},
    {"rekindle_label_delay_seconds",
     histogram,
     "Event time from a sample to its label, where that came in a record of its own.",
     {},
     [](const Readings& from, Points& to) {
       const auto& labels = late_labels(from);
       HistogramData data;
       data.bounds.assign(label_delay_bounds.begin(), label_delay_bounds.end());
       data.buckets.assign(labels.delays.begin(), labels.delays.end());
       data.sum = labels.delay_sum_seconds;
       to.add(data, label_delay_bounds);
     }},
    {"rekindle_label_buffer_bytes",
     gauge,
     "What the samples and labels that wait for each other take.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.learner.late_labels) to.add({}, real(from.status.learner.late_labels->bytes));
     }},
    {"rekindle_label_buffer_entries",
     gauge,
     "Samples that wait for their label, and labels that wait for their sample.",
     {{"kind", {"sample", "label"}}},
     [](const Readings& from, Points& to) {
       if (!from.status.learner.late_labels) return;
       to.add({"sample"}, real(from.status.learner.late_labels->waiting));
       to.add({"label"}, real(from.status.learner.late_labels->early));
     }},
};

}  // namespace

const std::vector<Series>& stream_series() { return stream_series_list; }

}  // namespace rekindle
