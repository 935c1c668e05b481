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

constexpr std::array<AddCommand, 15> commands = {add_demo,    add_run,     add_check,    add_replay,     add_compare,
                                                 add_lr_find, add_inspect, add_schedule, add_detect,     add_generate,
                                                 add_list,    add_export,  add_config,   add_completion, add_version};

bool cpu_is_new_enough() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("bmi2") != 0;
}

// CLI11 says "a subcommand is required" to a misspelt one; a newcomer is helped more by its neighbour.
int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  const std::string first = argc > 1 ? argv[1] : "";
  const bool misspelt = !first.empty() && first[0] != '-' && std::ranges::find(names, first) == names.end();
  if (misspelt) {
    fmt::print(stderr, "rekindle: there is no command \"{}\"{}\nCommands: {}\n", first, did_you_mean(first, names), fmt::join(names, ", "));
  } else {
    fmt::print(stderr, "rekindle: {}\nTry: rekindle {}--help\n", error.what(), first.empty() || first[0] == '-' ? "" : first + " ");
  }
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
