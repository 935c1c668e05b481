// Several workers as one learner.
#include <fmt/format.h>

#include "app/checker.hpp"
#include "app/cluster_replica.hpp"

namespace rekindle {

void Checker::cluster(Configuration& out) {
  const auto p = checked("cluster");
  auto& cluster = out.cluster;
  if (p.has("sync_samples")) cluster.sync_samples = static_cast<std::uint64_t>(p.integer("sync_samples"));
  if (p.has("max_staleness")) cluster.max_staleness = static_cast<std::uint64_t>(p.integer("max_staleness"));
  if (const auto* scaling = sub("learner").find("scale_lr"); scaling != nullptr && scaling->value.string() != nullptr) {
    cluster.scale_lr = *scaling->value.string();
  }
  cluster.group = p.has("mode") && p.string("mode") == "group";
  if (cluster.group) group(p.find("mode")->place, out);
}

// What a group cannot do, or would do otherwise than is asked for.
void Checker::group(const Place& place, const Configuration& configuration) {
  const auto refuse = [&](const std::string& why) { error(place, "cluster.mode", "\"group\" " + why); };
  if (configuration.source.type != SourceType::kafka) return refuse("needs source.type = \"kafka\"");
  if (configuration.kafka.kafka.brokers == "embedded") return refuse("needs a real cluster: the embedded one is of this process alone");
  if (!configuration.checkpoint.in_kafka) refuse("needs checkpoint.store = \"kafka\": a partition moves between machines with its state");
  if (configuration.learner.late.on && configuration.kafka.topics.size() > 1)
    refuse("needs one source.topic where labels have a topic of their own: a task learns a partition of each");
  if (configuration.source.on_lag != OnLag::learn_all) refuse("learns all records: source.on_lag is for one daemon");
  if (configuration.source.control) refuse("takes no commands from the stream: source.control is for one daemon");
  if (!configuration.output.model.folder.empty()) refuse("publishes its model to a topic: the folder of output.model is one machine's");
  const auto& schema = configuration.learner.schema;
  if (schema.task == Task::multiclass && schema.classes.empty())
    refuse("needs schema.classes: its tasks would number the classes each in the order in which they come");
  if (const auto reason = reason_against_group(configuration.learner); !reason.empty()) refuse("cannot have this: " + reason);
}

}  // namespace rekindle
