// Command: one subcommand of the program; each lives in a file of its own and is listed in `commands.cpp`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/configuration.hpp"
#include "base/result.hpp"
#include "checkpoint/store.hpp"

namespace rekindle {

// What a command does once its options are read. The status's code becomes the exit code.
using CommandAction = std::function<Status()>;

// Adds a subcommand to `app`; `chosen` gets its action when the user asked for it.
using AddCommand = void (*)(CLI::App& app, CommandAction& chosen);

void add_run(CLI::App& app, CommandAction& chosen);
void add_replay(CLI::App& app, CommandAction& chosen);
void add_record(CLI::App& app, CommandAction& chosen);
void add_compare(CLI::App& app, CommandAction& chosen);
void add_lr_find(CLI::App& app, CommandAction& chosen);
void add_demo(CLI::App& app, CommandAction& chosen);
void add_check(CLI::App& app, CommandAction& chosen);
void add_inspect(CLI::App& app, CommandAction& chosen);
void add_simulate_cluster(CLI::App& app, CommandAction& chosen);
void add_serve(CLI::App& app, CommandAction& chosen);
void add_schedule(CLI::App& app, CommandAction& chosen);
void add_detect(CLI::App& app, CommandAction& chosen);
void add_generate(CLI::App& app, CommandAction& chosen);
void add_list(CLI::App& app, CommandAction& chosen);
void add_export(CLI::App& app, CommandAction& chosen);
void add_import(CLI::App& app, CommandAction& chosen);
void add_config(CLI::App& app, CommandAction& chosen);
void add_ctl(CLI::App& app, CommandAction& chosen);
void add_completion(CLI::App& app, CommandAction& chosen);
void add_version(CLI::App& app, CommandAction& chosen);

// -c FILE and --set key=value, as every command that reads a configuration takes them.
struct ConfigurationOptions {
  std::string file;
  std::vector<std::string> settings;
  void add_to(CLI::App& command);
  // The same for a command that can do without.
  void add_optional_to(CLI::App& command);
  [[nodiscard]] Result<Configuration> load(Diagnostics& diagnostics) const;
  // All mistakes are printed to standard error, with warnings; the error then says how many there were.
  [[nodiscard]] Result<Configuration> load() const;
  // The same without a word on standard error; all mistakes are in the error, a line each.
  [[nodiscard]] Result<Configuration> reload() const;
};

// The newest that verifies of a directory, or a file's; ErrorCode::data where there is none.
[[nodiscard]] Result<LoadedCheckpoint> load_checkpoint(const std::string& place);

// A checkpoint as commands take it: a file or a directory by its path, or the store of a configuration.
struct CheckpointOptions {
  std::string path;
  ConfigurationOptions configuration;
  void add_to(CLI::App& command);
  [[nodiscard]] Result<LoadedCheckpoint> load() const;
};

// The configuration's mistakes and warnings, a line each.
void print(const std::vector<Diagnostic>& diagnostics);

}  // namespace rekindle
