#include <memory>

#include "app/commands/command.hpp"
#include "app/daemon.hpp"
#include "app/group_daemon.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/version.hpp"
#include "connectors/kafka/embedded_cluster.hpp"

namespace rekindle {

namespace {

// `brokers = "embedded"`: a cluster in this process with the configuration's topics, empty until someone produces to it.
Result<std::unique_ptr<kafka::EmbeddedCluster>> embed(Configuration& configuration) {
  auto cluster = kafka::EmbeddedCluster::start();
  if (!cluster) return cluster;
  auto topics = topics_to_read(configuration);
  for (const auto& topic :
       {configuration.dead_letter_topic, configuration.output.predictions, configuration.output.events, configuration.output.model.topic}) {
    if (!topic.empty()) topics.push_back(topic);
  }
  for (const auto& topic : topics) {
    if (auto status = (*cluster)->create_topic(topic, 1); !status) return tl::unexpected(status.error());
  }
  configuration.kafka.kafka.brokers = (*cluster)->brokers();
  configuration.embedded_kafka = true;
  log_event(LogLevel::info, "embedded_kafka", {{"brokers", (*cluster)->brokers()}, {"keeps", "about 5 MiB a topic, nothing on disk"}});
  return cluster;
}

Status run_in_group(Configuration configuration, const DaemonOptions& options) {
  if (options.fresh) return fail(ErrorCode::usage, "--fresh is for one daemon alone; a group begins anew under another source.group");
  if (options.require_healthy) return fail(ErrorCode::usage, "--require-healthy is for one daemon alone; ask /readyz");
  GroupDaemon daemon(std::move(configuration), options);
  if (auto status = daemon.start(); !status) return status;
  return daemon.run();
}

Status run_daemon(Configuration configuration, const DaemonOptions& options) {
  if (configuration.cluster.group) return run_in_group(std::move(configuration), options);
  std::unique_ptr<kafka::EmbeddedCluster> cluster;
  if (configuration.source.type == SourceType::kafka && configuration.kafka.kafka.brokers == "embedded") {
    auto started = embed(configuration);
    if (!started) return tl::unexpected(started.error());
    cluster = *std::move(started);
  }
  Daemon daemon(std::move(configuration), options);
  if (auto status = daemon.start(); !status) return status;
  return daemon.run();
}

}  // namespace

void add_run(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("run", "The daemon: learn from the source until it is told to stop");
  command->footer(
      "Examples:\n  rekindle run -c rekindle.toml\n  rekindle run -c rekindle.toml --set checkpoint.every=2s\n  rekindle run -c "
      "rekindle.toml --fresh");
  auto configuration = std::make_shared<ConfigurationOptions>();
  auto options = std::make_shared<DaemonOptions>();
  configuration->add_to(*command);
  command->add_flag("--fresh", options->fresh, "Set old checkpoints aside and start anew");
  command->add_flag("--require-healthy", options->require_healthy,
                    "Exit with 69 when the source cannot be reached within 10 s, or a topic does not exist");
  command->callback([=, &chosen] {
    chosen = [=]() -> Status {
      auto loaded = configuration->load();
      if (!loaded) return tl::unexpected(loaded.error());
      start_log(loaded->log_level, loaded->log_format);
      install_signal_handlers();
      install_reload_handler();
      options->reread = [configuration] { return configuration->reload(); };
      log_event(LogLevel::info, "starting", {{"version", version}, {"commit", commit}, {"configuration", configuration->file}});
      return run_daemon(*std::move(loaded), *options);
    };
  });
}

}  // namespace rekindle
