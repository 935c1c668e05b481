#include "metrics/exporter.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include "exposition.hpp"
#include "metrics/series.hpp"

namespace rekindle {
namespace {

using testing::IsEmpty;

StatusSnapshot fresh() {
  StatusSnapshot status;
  status.version = "0.1.0";
  status.commit = "abc1234";
  status.source.type = "kafka";
  status.learner.detectors = {{"adwin", 0, {}}, {"page_hinkley", 0, {}}};
  status.learner.lr = 0.1;
  return status;
}

StatusSnapshot busy() {
  StatusSnapshot status = fresh();
  auto& learner = status.learner;
  learner.learned = 1000;
  learner.predicted_only = 5;
  learner.held_out = 2;
  learner.rejected = 3;
  learner.loss_fast = 0.25;
  learner.loss_slow = 0.5;
  learner.error_fast = 0.125;
  learner.gradient_norm = 2.5;
  learner.metrics = {{"accuracy", 0.75}, {"kappa", -0.5}, {"no_change", 0.5}, {"majority", std::nullopt}};
  learner.detectors[0].detections = {1, 2, 3};
  learner.responses = {1, 2, 3, 4};
  learner.restarts_by_reason = {5, 6};
  learner.resets_by_reason = {7, 8, 9};
  learner.last_drift_seconds = 1'700'000'000.5;
  status.source.connected = true;
  status.source.partitions = {{"clicks", 0, 42, 7, 1.5}, {"clicks", 1, 43, std::nullopt, std::nullopt}};
  status.source.dead_letters[0] = 3;
  status.checkpoint = {.saved = 1, .failures = 2, .bytes = 4096, .last_success_seconds = 1'700'000'001, .last_error = {}};
  status.sample_duration = {.bounds = {0.001, 0.01}, .buckets = {5, 3, 1}, .sum = 0.125};
  return status;
}

Exposition exported(const StatusSnapshot& status) { return read_exposition(MetricsExporter().render(status)); }

// All combinations of the bounded labels of a series, as samples are written.
std::vector<std::string> bounded_samples(const Series& series) {
  std::vector<std::string> heads = {""};
  for (const auto& label : series.labels) {
    std::vector<std::string> longer;
    for (const auto& head : heads) {
      for (const auto value : label.values) {
        longer.push_back(head + (head.empty() ? "" : ",") + std::string(label.name) + "=\"" + std::string(value) + "\"");
      }
    }
    heads = longer;
  }
  for (auto& head : heads) head = std::string(series.name) + (head.empty() ? "" : "{" + head + "}");
  return heads;
}

std::string label_value(const std::string& sample, std::string_view label) {
  const std::string start = std::string(label) + "=\"";
  const auto at = sample.find(start) + start.size();
  return sample.substr(at, sample.find('"', at) - at);
}

TEST(MetricsExporter, WritesWhatTheFormatAllows) {
  for (const auto& status : {StatusSnapshot{}, fresh(), busy()}) EXPECT_THAT(exported(status).problems, IsEmpty());
}

TEST(MetricsExporter, HasAllCountersAtZeroFromTheStart) {
  const auto text = exported(fresh());
  for (const auto& series : all_series()) {
    if (series.type != SeriesType::counter || series.name.starts_with("process_")) continue;
    for (const auto& sample : bounded_samples(series)) EXPECT_EQ(text.at(sample), 0) << sample;
  }
  for (const std::string detector : {"adwin", "page_hinkley"}) {
    for (const std::string severity : severity_names) {
      EXPECT_EQ(text.at("rekindle_drift_detections_total{detector=\"" + detector + "\",severity=\"" + severity + "\"}"), 0);
    }
  }
}

TEST(MetricsExporter, HasAllHistogramsAtZeroFromTheStart) {
  const auto text = exported(fresh());
  for (const std::string name : {"rekindle_sample_duration_seconds", "rekindle_checkpoint_duration_seconds"}) {
    EXPECT_EQ(text.at(name + "_count"), 0);
    EXPECT_EQ(text.at(name + "_sum"), 0);
    EXPECT_EQ(text.at(name + "_bucket{le=\"+Inf\"}"), 0);
  }
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_bucket{le=\"1e-06\"}"), 0);
  EXPECT_EQ(text.at("rekindle_checkpoint_duration_seconds_bucket{le=\"30\"}"), 0);
}

TEST(MetricsExporter, LeavesAGaugeAwayUntilItHasAValue) {
  const auto text = exported(fresh());
  for (const auto* name : {"rekindle_loss", "rekindle_error_ratio", "rekindle_gradient_norm", "rekindle_last_drift_timestamp_seconds",
                           "rekindle_checkpoint_last_success_timestamp_seconds", "rekindle_checkpoint_bytes", "rekindle_kafka_position",
                           "rekindle_prequential_kappa"}) {
    EXPECT_FALSE(text.has_family(name)) << name;
  }
}

TEST(MetricsExporter, ShowsTheValuesOfTheSnapshot) {
  const auto text = exported(busy());
  EXPECT_EQ(text.at("rekindle_build_info{version=\"0.1.0\",commit=\"abc1234\"}"), 1);
  EXPECT_EQ(text.at("rekindle_samples_total{outcome=\"learned\"}"), 1000);
  EXPECT_EQ(text.at("rekindle_samples_total{outcome=\"held_out\"}"), 2);
  EXPECT_EQ(text.at("rekindle_learning_rate{member=\"champion\"}"), 0.1);
  EXPECT_EQ(text.at("rekindle_loss{set=\"train\",window=\"slow\"}"), 0.5);
  EXPECT_EQ(text.at("rekindle_error_ratio{window=\"fast\"}"), 0.125);
  EXPECT_EQ(text.at("rekindle_prequential_accuracy_ratio{predictor=\"model\"}"), 0.75);
  EXPECT_EQ(text.at("rekindle_prequential_kappa"), -0.5);
  EXPECT_EQ(text.at("rekindle_drift_detections_total{detector=\"adwin\",severity=\"extreme\"}"), 3);
  EXPECT_EQ(text.at("rekindle_responses_total{response=\"replace\"}"), 4);
  EXPECT_EQ(text.at("rekindle_lr_restarts_total{reason=\"command\"}"), 6);
  EXPECT_EQ(text.at("rekindle_optimizer_resets_total{reason=\"period\"}"), 9);
  EXPECT_EQ(text.at("rekindle_last_drift_timestamp_seconds"), 1'700'000'000.5);
  EXPECT_EQ(text.at("rekindle_kafka_connected"), 1);
  EXPECT_EQ(text.at("rekindle_dead_letters_total{reason=\"undecodable\"}"), 3);
  EXPECT_EQ(text.at("rekindle_checkpoint_bytes"), 4096);
}

TEST(MetricsExporter, CountsHistogramBucketsUpwards) {
  const auto text = exported(busy());
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_bucket{le=\"0.001\"}"), 5);
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_bucket{le=\"0.01\"}"), 8);
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_bucket{le=\"+Inf\"}"), 9);
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_count"), 9);
  EXPECT_EQ(text.at("rekindle_sample_duration_seconds_sum"), 0.125);
}

TEST(MetricsExporter, ShowsPartitionsWhileTheyAreAssigned) {
  auto status = busy();
  auto text = exported(status);
  EXPECT_EQ(text.at("rekindle_kafka_lag_records{topic=\"clicks\",partition=\"0\"}"), 7);
  EXPECT_EQ(text.at("rekindle_kafka_lag_seconds{topic=\"clicks\",partition=\"0\"}"), 1.5);
  EXPECT_EQ(text.at("rekindle_kafka_position{topic=\"clicks\",partition=\"1\"}"), 43);
  EXPECT_FALSE(text.values.contains("rekindle_kafka_lag_records{topic=\"clicks\",partition=\"1\"}")) << "unknown is not 0 and not -1";
  status.source.partitions.pop_back();
  text = exported(status);
  EXPECT_FALSE(text.values.contains("rekindle_kafka_position{topic=\"clicks\",partition=\"1\"}"));
  status.source.type = "file";
  EXPECT_FALSE(exported(status).has_family("rekindle_kafka_position"));
}

TEST(MetricsExporter, NeverWritesANumberThatIsNotFinite) {
  auto status = busy();
  status.learner.lr = std::nan("");
  status.learner.loss_fast = std::numeric_limits<double>::infinity();
  status.learner.detectors[0].statistic = std::nan("");
  status.learner.metrics[0].second = std::nan("");
  status.sample_duration.sum = std::nan("");
  status.source.partitions[0].lag_seconds = std::nan("");
  const auto text = exported(status);
  EXPECT_THAT(text.problems, IsEmpty());
  EXPECT_FALSE(text.has_family("rekindle_learning_rate"));
}

// A hundred thousand classes or features must not become a hundred thousand series.
TEST(MetricsExporter, HasNoMoreSeriesWithMoreClassesFeaturesOrIncidents) {
  auto status = busy();
  const auto before = exported(status).values.size();
  for (int i = 0; i < 10'000; ++i) {
    status.learner.classes.push_back("class " + std::to_string(i));
    status.learner.features.push_back("feature " + std::to_string(i));
    status.learner.incidents.emplace_back().detector = "detector " + std::to_string(i);
  }
  EXPECT_EQ(exported(status).values.size(), before);
}

TEST(MetricsExporter, UsesOnlyLabelValuesThatAreInTheList) {
  const auto text = exported(busy());
  for (const auto& series : all_series()) {
    for (const auto& [sample, value] : text.values) {
      if (!sample.starts_with(std::string(series.name) + "{")) continue;
      for (const auto& label : series.labels) {
        const auto written = label_value(sample, label.name);
        if (label.values.empty()) continue;
        EXPECT_THAT(label.values, testing::Contains(written)) << sample;
      }
    }
  }
}

TEST(MetricsExporter, EscapesLabelValues) {
  auto status = fresh();
  status.commit = "a\"b\\c\nd";
  EXPECT_THAT(MetricsExporter().render(status), testing::HasSubstr("commit=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricsExporter, ShowsTheProcess) {
  const auto text = exported(fresh());
  EXPECT_GT(text.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(text.at("process_cpu_seconds_total"), 0);
  EXPECT_GE(text.at("process_open_fds"), 3);
  EXPECT_GT(text.at("process_start_time_seconds"), 1.6e9);
}

// The judge that users have, where it is installed.
TEST(MetricsExporter, PassesPromtool) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  const std::string path =
      testing::TempDir() + "/rekindle_metrics_" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) + ".txt";
  for (const auto& status : {fresh(), busy()}) {
    std::ofstream(path) << MetricsExporter().render(status);
    EXPECT_EQ(std::system(("promtool check metrics < " + path + " >&2").c_str()), 0);
  }
  std::remove(path.c_str());
}

TEST(MetricsExporter, ShowsOfAReplicaWhatItPredictsWithAndNothingOfALearner) {
  ReplicaReadings replica;
  replica.version = "1.2.3";
  const auto waiting = MetricsExporter().render(replica);
  EXPECT_THAT(waiting, ::testing::HasSubstr("rekindle_model_loads_total 0\n"));
  EXPECT_THAT(waiting, ::testing::HasSubstr("rekindle_build_info{version=\"1.2.3\""));
  EXPECT_THAT(waiting, ::testing::Not(::testing::HasSubstr("rekindle_model_version")));
  EXPECT_THAT(waiting, ::testing::Not(::testing::HasSubstr("rekindle_samples_total")));
  replica.model_version = 300;
  replica.model_created_seconds = 1.5;
  replica.refusals = 2;
  const auto serving = MetricsExporter().render(replica);
  EXPECT_THAT(serving, ::testing::HasSubstr("rekindle_model_version 300\n"));
  EXPECT_THAT(serving, ::testing::HasSubstr("rekindle_model_created_timestamp_seconds 1.5\n"));
  EXPECT_THAT(serving, ::testing::HasSubstr("rekindle_model_refusals_total 2\n"));
}

}  // namespace
}  // namespace rekindle
