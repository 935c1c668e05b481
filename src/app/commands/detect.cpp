#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "app/commands/arguments.hpp"
#include "app/commands/command.hpp"
#include "drift/detector.hpp"

namespace rekindle {

namespace {

struct DetectOptions {
  std::string type;
  std::vector<std::string> parameters;
};

Result<double> read_value(std::string_view line, std::uint64_t index, DetectorInput input) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  double value = 0;
  const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  const bool number = error == std::errc{} && rest == line.data() + line.size() && std::isfinite(value);
  if (!number) return fail(ErrorCode::data, "line {}: expected a finite number, got \"{}\"", index + 1, line);
  if (input == DetectorInput::zero_one && value != 0 && value != 1)
    return fail(ErrorCode::data, "line {}: expected 0 or 1, got {}", index + 1, value);
  return value;
}

Status detect(const DetectOptions& options) {
  const auto table = table_from_arguments(options.type, options.parameters);
  if (!table) return tl::unexpected(table.error());
  Diagnostics diagnostics;
  const auto choice = check_choice(detectors(), {}, *table, "detector", diagnostics);
  print(diagnostics.all());
  if (diagnostics.failed()) return fail(ErrorCode::usage, "the detector is not usable");
  const auto detector = choice.row->make.make(choice.parameters);
  fmt::print("index,level\n");
  std::string line;
  auto before = DriftLevel::stable;
  for (std::uint64_t index = 0; std::getline(std::cin, line); ++index) {
    const auto value = read_value(line, index, choice.row->make.input);
    if (!value) return tl::unexpected(value.error());
    const auto level = detector->observe(*value).level;
    if (level == DriftLevel::drift) fmt::print("{},drift\n", index);
    if (level == DriftLevel::warning && before != DriftLevel::warning) fmt::print("{},warning\n", index);
    before = level;
  }
  return {};
}

}  // namespace

void add_detect(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("detect", "Run a drift detector over numbers on standard input, one a line");
  command->footer(
      "Examples:\n  rekindle detect adwin < errors.txt\n  rekindle detect adwin delta=0.01 after_drift=keep_newest < errors.txt");
  auto options = std::make_shared<DetectOptions>();
  command->add_option("type", options->type, "One of `rekindle list detectors`")->required();
  command->add_option("parameters", options->parameters, "key=value, as in [[drift.detectors]]");
  command->callback([=, &chosen] { chosen = [=] { return detect(*options); }; });
}

}  // namespace rekindle
