#include <filesystem>
#include <memory>

#include "app/commands/command.hpp"
#include "app/log.hpp"
#include "app/replica.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"

namespace rekindle {

namespace {

struct ServeOptions {
  ConfigurationOptions configuration;
  std::string from;
  std::string brokers;
  std::string group;
  std::string listen = "127.0.0.1:9465";
  std::string max_age;
  std::string log_level = "info";
  std::string log_format = "logfmt";
};

// As `output.model` tells them apart; a folder that is there needs no slash.
bool is_folder(const std::string& from) {
  std::error_code ignored;
  return from.find('/') != std::string::npos || std::filesystem::is_directory(from, ignored);
}

void log_client_line(int level, const std::string& line) {
  log_event(level <= 3 ? LogLevel::error : (level <= 4 ? LogLevel::warn : LogLevel::debug), "kafka", {{"message", line}});
}

Result<ReplicaOptions> replica_of(const ServeOptions& options) {
  ReplicaOptions out;
  auto from = options.from;
  auto brokers = options.brokers;
  if (!options.configuration.file.empty()) {
    auto loaded = options.configuration.load();
    if (!loaded) return tl::unexpected(loaded.error());
    const auto& published = loaded->output.model;
    if (from.empty()) from = published.folder.empty() ? published.topic : published.folder;
    out.http = loaded->http;
    out.topic.kafka = loaded->kafka.kafka;
    out.topic.group = loaded->kafka.group;
  }
  if (from.empty()) return fail(ErrorCode::usage, "name where the models are: --from FOLDER or TOPIC, or -c with output.model");
  if (!brokers.empty()) out.topic.kafka.brokers = brokers;
  if (out.topic.kafka.brokers.empty()) out.topic.kafka.brokers = "localhost:9092";
  if (!options.group.empty()) out.topic.group = options.group;
  out.topic.kafka.log = log_client_line;
  (is_folder(from) ? out.folder : out.topic.topic) = from;
  while (out.folder.size() > 1 && out.folder.ends_with('/')) out.folder.pop_back();
  out.http.listen = options.listen;
  if (options.max_age.empty()) return out;
  const auto age = parse_duration(options.max_age);
  if (!age || *age <= 0) return fail(ErrorCode::usage, "--max-age must be a duration such as \"10m\", got \"{}\"", options.max_age);
  out.max_age_seconds = *age;
  return out;
}

Status serve(const ServeOptions& options) {
  start_log(options.log_level, options.log_format);
  auto replica_options = replica_of(options);
  if (!replica_options) return tl::unexpected(replica_options.error());
  install_signal_handlers();
  install_reload_handler();
  log_event(LogLevel::info, "starting", {{"version", version}, {"commit", commit}});
  Replica replica(*std::move(replica_options));
  if (auto status = replica.start(); !status) return status;
  return replica.run();
}

}  // namespace

void add_serve(CLI::App& app, CommandAction& chosen) {
  auto* command =
      app.add_subcommand("serve", "A read-only replica: answers /predict with the models that a daemon publishes (output.model)");
  command->footer(
      "It follows the newest model. What it answers is what the daemon's own /predict answers with that model, to the bit. A model that "
      "is\n"
      "damaged is refused, the one before stays in use, and /readyz, /status and the log say so. Of a configuration file only [kafka],\n"
      "source.group, output.model and the bounds of [http] are used.\n\n"
      "Examples:\n  rekindle serve --from ./models\n  rekindle serve --from models --brokers localhost:9092\n"
      "  rekindle serve -c rekindle.toml --listen 0.0.0.0:9465 --max-age 10m");
  auto options = std::make_shared<ServeOptions>();
  options->configuration.add_optional_to(*command);
  command->get_option("--config")->description("The daemon's configuration: where it publishes, and how its Kafka is reached");
  command->add_option("--from", options->from, "Folder or topic of the models; a folder has a / in its name, or is there");
  command->add_option("--brokers", options->brokers, "Of a topic: bootstrap servers; by default localhost:9092");
  command->add_option("--group", options->group, "Of a topic: whose models, where several daemons publish there (their source.group)");
  command->add_option("--listen", options->listen, "Address and port; by default 127.0.0.1:9465");
  command->add_option("--max-age", options->max_age, "Not ready with a model that is older, such as 10m");
  command->add_option("--log-level", options->log_level, "error, warn, info or debug")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}));
  command->add_option("--log-format", options->log_format, "logfmt or json")->check(CLI::IsMember({"logfmt", "json"}));
  command->callback([=, &chosen] { chosen = [=] { return serve(*options); }; });
}

}  // namespace rekindle
