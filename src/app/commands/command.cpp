#include "app/commands/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "app/sources.hpp"
#include "checkpoint/file_store.hpp"

namespace rekindle {

void ConfigurationOptions::add_to(CLI::App& command) {
  command.add_option("-c,--config", file, "Configuration file (TOML)")->required();
  command.add_option("--set", settings, "Override a key, such as drift.policy=alarm (a TOML value)")->take_all();
}

void ConfigurationOptions::add_optional_to(CLI::App& command) {
  add_to(command);
  command.get_option("--config")->required(false);
}

void CheckpointOptions::add_to(CLI::App& command) {
  command.add_option("checkpoint", path, "A checkpoint file, or a directory: its newest that verifies");
  configuration.add_optional_to(command);
  command.get_option("--config")->description("Instead: the newest of this configuration's store, also one in Kafka");
}

namespace {
Result<LoadedCheckpoint> there(Result<std::optional<LoadedCheckpoint>> loaded, const std::string& place) {
  if (!loaded) return tl::unexpected(loaded.error());
  if (!*loaded) return fail(ErrorCode::data, "{}: no checkpoint there", place);
  return **std::move(loaded);
}
}  // namespace

Result<LoadedCheckpoint> load_checkpoint(const std::string& place) { return there(load_newest(place), place); }

Result<LoadedCheckpoint> CheckpointOptions::load() const {
  if (path.empty() == configuration.file.empty()) return fail(ErrorCode::usage, "name a checkpoint, or a configuration with -c");
  return path.empty() ? there(configuration.load().and_then(look_at_store), configuration.file) : load_checkpoint(path);
}

void print(const std::vector<Diagnostic>& diagnostics) {
  for (const auto& one : diagnostics) fmt::print(stderr, "{}\n", one.text());
}

Result<Configuration> ConfigurationOptions::load(Diagnostics& diagnostics) const {
  ConfigurationInput input;
  input.file = file;
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) return fail(ErrorCode::usage, "--set wants key=value, got \"{}\"", setting);
    input.flags.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto equals = text.find('=');
    if (text.starts_with("REKINDLE__") && equals != std::string_view::npos) {
      input.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  if (access(file.c_str(), R_OK) != 0) return fail(ErrorCode::configuration, "{}: cannot be read", file);
  if (std::filesystem::is_directory(file)) return fail(ErrorCode::configuration, "{}: is a directory, not a configuration file", file);
  return load_configuration(input, diagnostics);
}

Result<Configuration> ConfigurationOptions::load() const {
  Diagnostics diagnostics;
  auto configuration = load(diagnostics);
  print(diagnostics.all());
  if (diagnostics.failed()) {
    const auto errors = std::ranges::count(diagnostics.all(), Severity::error, &Diagnostic::severity);
    return fail(ErrorCode::configuration, "{}: {} mistake{}", file, errors, errors == 1 ? "" : "s");
  }
  return configuration;
}

Result<Configuration> ConfigurationOptions::reload() const {
  Diagnostics diagnostics;
  auto configuration = load(diagnostics);
  if (!diagnostics.failed()) return configuration;
  std::string lines;
  for (const auto& one : diagnostics.all()) lines += (lines.empty() ? "" : "\n") + one.text();
  return fail(ErrorCode::configuration, "{}", lines);
}

}  // namespace rekindle
