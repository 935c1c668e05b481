// Checker: turns a configuration's tables into a Configuration, and collects every mistake on the way.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/sections.hpp"
#include "learner/memory_need.hpp"

namespace rekindle {

// One configuration under check. Its methods are spread over files by section: configuration_source.cpp,
// configuration_schema.cpp, configuration_sparse.cpp, configuration_model.cpp, configuration_learner.cpp; what they share is
// in configuration.cpp.
class Checker {
 public:
  Checker(const Table& table, std::string file, Diagnostics& diagnostics)
      : table_(table), file_(std::move(file)), diagnostics_(diagnostics) {}

  [[nodiscard]] Configuration run();

 private:
  void source(Configuration& out);
  void lag(const Parameters& p, SourceConfiguration& out);
  void labels_path(const Parameters& p, SourceConfiguration& out);
  void source_type(const Parameters& p, Configuration& out);
  void generator(const Parameters& p, SourceConfiguration& out);
  void csv(const Parameters& p, SourceConfiguration& out);
  void record_schema(const Parameters& p, SourceConfiguration& out);
  void registry(const Value& given, RegistrySettings& out);
  void error_limit(const Parameters& p, ErrorLimit& out);
  void start(const Parameters& p, kafka::KafkaSourceSettings& out);
  void kafka(Configuration& out);
  void property(const Entry& entry, Configuration& out);
  void secret(const Entry& entry, Configuration& out);
  void output(Configuration& out);
  void model_output(const Value& given, Configuration& out);
  void state_topic(const Configuration& configuration);
  std::string output_topic(const Parameters& p, const char* name, const Configuration& configuration, std::string key = "");
  void http(HttpConfiguration& out);
  void token(const Value& path, HttpConfiguration& out);
  void tls(const Parameters& p, HttpConfiguration& out);
  void checkpoint(CheckpointConfiguration& out);
  void cluster(Configuration& out);
  void group(const Place& place, const Configuration& configuration);

  void schema(Configuration& configuration);
  void late_labels(const Parameters& p, Configuration& out);
  void label_timeout(const Parameters& p, LearnerSpec& out);
  void roles(const Parameters& p);
  void feature_names(const Value& value, const Schema& schema);
  void classes(const Value& value, Schema& out);
  void missing(const Value& value, Schema& out);
  std::optional<MissingPolicy> missing_policy(const Value& value, const std::string& key);
  void categorical(const Value& value, const Schema& schema);
  static std::string first_twice(std::vector<std::string> names);

  void preprocess(Configuration& out);
  void sparse(const Parameters& p, Configuration& out);
  void namespace_pair(const Value& value, SourceConfiguration& out);
  void category_pair(const Value& value, const Schema& schema, CategorySpec& out);
  void fits_memory(Configuration& out);
  void bound_classes(const MemoryNeed& need, LearnerSpec& out);
  void layers_fit(const MemoryNeed& need, const Configuration& out);
  void model(LearnerSpec& out);
  void model_kind(const Parameters& p, LearnerSpec& out);
  static void precision(const std::string& name, MemberSpec& out);
  void hidden(const Parameters& p, ModelSpec& out);
  void initial(const Parameters& p, LearnerSpec& out);
  void layers(MemberSpec& out);
  void learner(LearnerSpec& out);
  void controls(const Parameters& p, ControlsSpec& out);
  [[nodiscard]] std::optional<Parameters> nested(const Parameters& p, const std::string& section, const char* name,
                                                 std::span<const ParameterSpec> keys);
  void optimizer_and_schedule(LearnerSpec& out);
  void warn_of_unused_sections();
  void warn_of_unused_momentum(const MemberSpec& member);
  static void lower_only(MemberSpec& member);
  static void bump_within_reach(MemberSpec& member);
  void schedule(ScheduleSpec& out, CooldownSpec& cooldown, double default_lr);
  void plateau(const Parameters& p, const std::string& key, ScheduleSpec& out);
  // The table as it was checked; null where it has mistakes. `key` and `where` are the table's.
  std::optional<Parameters> schedule_from(const Table& given, const std::string& key, const Place& where, double default_lr,
                                          ScheduleSpec& out);
  void drift(LearnerSpec& out);
  void detectors(const Parameters& p, LearnerSpec& out);
  void detector(const Value& given, const std::string& key, double budget, LearnerSpec& out);
  void detector_threshold(const std::string& key, double budget, DetectorSpec& out);
  void detector_input(const std::string& key, const Schema& schema, DetectorSpec& out);
  void detector_feature(const std::string& key, const Schema& schema, DetectorSpec& out);
  void responses(const Value& given, ResponseTable& out);
  void response(const Entry& given, Response& out);
  void trial(const Value& given, TrialSpec& out);

  void check_section_names();
  void error(const Place& place, const std::string& key, const std::string& message);
  [[nodiscard]] const Table& sub(const std::string& name) const;
  [[nodiscard]] Place place_of(const std::string& name) const;
  Table without_later(const std::string& name, const Table& given);
  Parameters checked(const std::string& name);
  void describe(const std::string& name, const Table& table);
  void top(Configuration& out);

  const Table& table_;
  std::string file_;
  Diagnostics& diagnostics_;
  LearnerMode learner_mode_ = LearnerMode::single;
  bool bump_limit_written_ = false;
  std::ostringstream effective_;
};

}  // namespace rekindle
