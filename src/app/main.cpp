#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <cstdio>
#include <exception>

#include "app/commands/command.hpp"
#include "app/version.hpp"
#include "base/suggest.hpp"

namespace {

using namespace rekindle;

constexpr std::array<AddCommand, 20> commands = {
    add_demo,   add_run,     add_check,      add_replay, add_record,   add_compare, add_lr_find, add_simulate_cluster,
    add_serve,  add_inspect, add_schedule,   add_detect, add_generate, add_list,    add_export,  add_import,
    add_config, add_ctl,     add_completion, add_version};

bool cpu_is_new_enough() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("bmi2") != 0;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What may have been meant by the first option that the command does not have.
std::string meant_option(const CLI::App& command, const std::vector<std::string>& words, bool named_already) {
  const auto names = option_names(command);
  for (const auto& word : words) {
    const auto name = word.substr(0, word.find('='));
    if (name.starts_with("--") && std::ranges::find(names, name) == names.end())
      return (named_already ? "" : "; there is no " + name) + did_you_mean(name, names);
  }
  return "";
}

// CLI11 spells out the largest double.
std::string plain_error(std::string text) {
  const auto at = text.find(" not in range ");
  const bool any_positive = at != std::string::npos && text.size() > at + 300;
  return any_positive ? text.substr(0, at) + " is not a positive number" : text;
}

// CLI11 says "a subcommand is required" to a misspelt one; a newcomer is helped more by its neighbour.
int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto* command = &app;
  std::string path;
  for (const auto& word : words) {
    std::vector<std::string> names;
    for (const auto* sub : command->get_subcommands({})) names.push_back(sub->get_name());
    if (names.empty()) break;
    const auto known = std::ranges::find(names, word) != names.end();
    if (!known && word.starts_with('-')) break;
    if (!known) {
      fmt::print(stderr, "rekindle: there is no command \"{}{}\"{}\nCommands: {}\n", path, word, did_you_mean(word, names),
                 fmt::join(names, ", "));
      return static_cast<int>(ErrorCode::usage);
    }
    command = command->get_subcommand(word);
    path += word + " ";
  }
  const bool nothing_given = command->get_name() == "config" || words.empty();
  if (nothing_given && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::vector<std::string> names;
    for (const auto* sub : command->get_subcommands({})) names.push_back(sub->get_name());
    fmt::print(stderr, "rekindle: give a command: {}{}\nTry: rekindle {}--help\n", path, fmt::join(names, ", "), path);
    return static_cast<int>(ErrorCode::usage);
  }
  fmt::print(stderr, "rekindle: {}{}\nTry: rekindle {}--help\n", plain_error(error.what()),
             meant_option(*command, words, dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr), path);
  return static_cast<int>(ErrorCode::usage);
}

int run_command(int argc, char** argv) {
  CLI::App app("rekindle: a streaming learner that never goes cold", "rekindle");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("rekindle {} ({})", version, commit));
  app.footer("Start with: rekindle demo\nHelp on a command: rekindle COMMAND --help");
  CommandAction chosen;
  for (const auto add : commands) add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  }
  const auto status = chosen();
  if (status) return std::fflush(stdout) == 0 ? 0 : static_cast<int>(ErrorCode::io);
  std::fflush(stdout);
  fmt::print(stderr, "rekindle: {}\n", status.error().message);
  return static_cast<int>(status.error().code);
}

}  // namespace

int main(int argc, char** argv) {
  if (!cpu_is_new_enough()) {
    fmt::print(stderr, "rekindle: this build needs a processor with AVX2, FMA and BMI2 (x86-64-v3)\n");
    return static_cast<int>(ErrorCode::internal);
  }
  try {
    return run_command(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rekindle: internal error: {}\n", error.what());
    return static_cast<int>(ErrorCode::internal);
  }
}
