#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "app/commands/arguments.hpp"
#include "app/commands/command.hpp"
#include "schedule/plateau.hpp"
#include "schedule/warmup.hpp"

namespace rekindle {

namespace {

struct ScheduleOptions {
  std::string type;
  std::vector<std::string> parameters;
  std::string file;
  std::vector<std::string> settings;
  std::uint64_t steps = 0;
  bool plot = false;
};

// The schedule of a configuration made of nothing else.
Result<ScheduleSpec> from_arguments(const ScheduleOptions& options) {
  auto schedule = table_from_arguments(options.type, options.parameters);
  if (!schedule) return tl::unexpected(schedule.error());
  Table source;
  source.set("topic", Value(std::string("none")), {});
  Table schema;
  schema.set("task", Value(std::string("binary")), {});
  schema.set("label", Value(std::string("y")), {});
  Table table;
  table.set("source", Value(std::move(source)), {});
  table.set("schema", Value(std::move(schema)), {});
  table.set("schedule", Value(*std::move(schedule)), {});
  Diagnostics diagnostics;
  auto configuration = check_configuration(table, "", diagnostics);
  if (diagnostics.failed()) {
    print(diagnostics.all());
    return fail(ErrorCode::usage, "the schedule is not usable");
  }
  return configuration.learner.member.schedule;
}

Result<ScheduleSpec> from_file(const ScheduleOptions& options) {
  ConfigurationOptions file;
  file.file = options.file;
  file.settings = options.settings;
  auto configuration = file.load();
  if (!configuration) return tl::unexpected(configuration.error());
  return configuration->learner.member.schedule;
}

void print_rows(const LearningRateSchedule& schedule, const ScheduleSpec& spec, std::uint64_t steps) {
  const bool with_momentum = schedule.has_momentum();
  fmt::print("step,lr{}\n", with_momentum ? ",momentum" : "");
  for (std::uint64_t k = 0; k < steps; ++k) {
    const auto step = static_cast<double>(k);
    const double lr = std::clamp(schedule.rate_at(step) * spec.scale, spec.lr_min, spec.lr_max);
    if (const auto momentum = schedule.momentum_at(step)) {
      fmt::print("{},{},{}\n", k, lr, *momentum);
    } else if (with_momentum) {
      fmt::print("{},{},\n", k, lr);
    } else {
      fmt::print("{},{}\n", k, lr);
    }
  }
}

// Columns of the highest rate in each stretch of steps; rows from the highest rate of all down to 0.
void plot(const LearningRateSchedule& schedule, const ScheduleSpec& spec, std::uint64_t steps) {
  constexpr std::uint64_t width = 72;
  constexpr int height = 16;
  const auto columns = std::min(width, steps);
  std::vector<double> rates(columns, 0);
  for (std::uint64_t k = 0; k < steps; ++k) {
    auto& rate = rates[k * columns / steps];
    rate = std::max(rate, std::clamp(schedule.rate_at(static_cast<double>(k)) * spec.scale, spec.lr_min, spec.lr_max));
  }
  const double top = *std::ranges::max_element(rates);
  for (int row = height; row > 0; --row) {
    const auto label = row == height ? fmt::format("{:.3g}", top) : (row == 1 ? std::string("0") : std::string());
    fmt::print("{:>10} |", label);
    for (const double rate : rates) {
      const double level = top > 0 ? rate / top * height : 0;
      fmt::print("{}", level >= row - 0.25 ? "█" : (level >= row - 0.75 ? "▄" : (row == 1 && rate > 0 ? "▁" : " ")));
    }
    fmt::print("\n");
  }
  fmt::print("{:>10} +{}\n{:>12}{:<{}}{}\n", "", std::string(columns, '-'), "", "0", columns > 8 ? columns - 4 : 4, steps - 1);
}

// The rate after each metric of standard input; it has state, so it is no schedule of the registry.
Status follow_plateau(const ScheduleOptions& options) {
  auto given = table_from_arguments("plateau", options.parameters);
  if (!given) return tl::unexpected(given.error());
  auto keys = std::vector<ParameterSpec>(plateau_parameters().begin(), plateau_parameters().end());
  keys.push_back(text("type"));
  Diagnostics diagnostics;
  const auto p = check_parameters(keys, *given, "schedule", diagnostics);
  if (diagnostics.failed()) {
    print(diagnostics.all());
    return fail(ErrorCode::usage, "the schedule is not usable");
  }
  PlateauControl plateau(p, p.has("lr") ? p.real("lr") : find_row(optimizers(), "rmsprop")->make.default_lr);
  fmt::print("step,lr\n");
  std::string line;
  for (std::uint64_t i = 0; (options.steps == 0 || i < options.steps) && std::getline(std::cin, line); ++i) {
    const auto metric = number_in(line);
    if (!metric) return fail(ErrorCode::data, "line {}: expected a finite number, got \"{}\"", i + 1, line);
    fmt::print("{},{}\n", i, plateau.observe(*metric));
  }
  return {};
}

Status show(const ScheduleOptions& options) {
  if (options.type == "plateau") return follow_plateau(options);
  if (options.steps == 0) return fail(ErrorCode::usage, "--steps is required");
  if (options.file.empty() == options.type.empty()) return fail(ErrorCode::usage, "give a TYPE with its parameters, or -c FILE");
  const auto spec = options.file.empty() ? from_arguments(options) : from_file(options);
  if (!spec) return tl::unexpected(spec.error());
  const auto schedule = with_warmup(spec->warmup, spec->schedule.row->make(spec->schedule.parameters, spec->lr));
  if (options.plot) {
    plot(*schedule, *spec, options.steps);
  } else {
    print_rows(*schedule, *spec, options.steps);
  }
  return {};
}

}  // namespace

void add_schedule(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("schedule", "What a learning-rate schedule does, step by step");
  command->footer(
      "Examples:\n  rekindle schedule exponential lr=0.1 decay_rate=0.96 decay_steps=1000 --steps 5000\n  rekindle schedule step lr=0.1 "
      "step_size=10 gamma=0.1 --steps 30\n  rekindle schedule cosine_restarts lr=0.1 T_0=50 T_mult=2 'warmup={steps=10}' --steps 400 "
      "--plot\n  "
      "rekindle schedule -c rekindle.toml --steps 20000 --plot\n  rekindle schedule plateau lr=0.1 patience=3 < losses.txt     "
      "(one metric a line; the rate after each)");
  auto options = std::make_shared<ScheduleOptions>();
  command->add_option("type", options->type, "One of `rekindle list schedules`");
  command->add_option("parameters", options->parameters, "key=value, as in a configuration's [schedule]");
  command->add_option("-c,--config", options->file, "Take the schedule of this configuration");
  command->add_option("--set", options->settings, "Override a key of the configuration")->take_all();
  command->add_option("--steps", options->steps, "How many steps, from 0; plateau: at most as many as there are metrics")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_flag("--plot", options->plot, "Draw it");
  command->callback([=, &chosen] { chosen = [=] { return show(*options); }; });
}

}  // namespace rekindle
