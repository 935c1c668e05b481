#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <iostream>

#include "app/commands/arguments.hpp"
#include "app/commands/command.hpp"
#include "app/truth.hpp"
#include "drift/detector.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct DetectOptions {
  std::string type;
  std::vector<std::string> parameters;
  std::string truth;
  bool json = false;
};

Result<double> read_value(std::string_view line, std::uint64_t index, DetectorInput input) {
  const auto number = number_in(line);
  if (!number) return fail(ErrorCode::data, "line {}: expected a finite number, got \"{}\"", index + 1, line);
  const double value = *number;
  if (input == DetectorInput::zero_one && value != 0 && value != 1)
    return fail(ErrorCode::data, "line {}: expected 0 or 1, got {}", index + 1, value);
  return value;
}

struct Level {
  std::uint64_t index;
  const char* name;
};

struct Detections {
  std::vector<Level> levels;  // Only for JSON, which comes at the end.
  std::vector<std::uint64_t> drifts;
  std::uint64_t values = 0;
};

Result<Detections> run(DriftDetector& detector, DetectorInput input, bool as_json) {
  Detections out;
  const auto begins = [&](std::uint64_t index, const char* level) {
    if (as_json) {
      out.levels.push_back({index, level});
    } else {
      fmt::print("{},{}\n", index, level);
    }
  };
  std::string line;
  auto before = DriftLevel::stable;
  for (; std::getline(std::cin, line); ++out.values) {
    const auto value = read_value(line, out.values, input);
    if (!value) return tl::unexpected(value.error());
    const auto level = detector.observe(*value).level;
    if (level == DriftLevel::drift) {
      begins(out.values, "drift");
      out.drifts.push_back(out.values);
    }
    if (level == DriftLevel::warning && before != DriftLevel::warning) begins(out.values, "warning");
    before = level;
  }
  return out;
}

json::object document(const Detections& found, const std::vector<Judged>& rows) {
  json::array levels;
  for (const auto& one : found.levels) levels.push_back(json::object{{"index", one.index}, {"level", one.name}});
  json::object out{{"values", found.values}, {"levels", std::move(levels)}};
  if (rows.empty()) return out;
  json::array truth;
  for (const auto& [name, score] : rows) {
    json::object row{{"name", name}};
    for (auto& [key, value] : judged_json(score)) row[key] = value;
    truth.push_back(std::move(row));
  }
  out["truth"] = std::move(truth);
  return out;
}

Status detect(const DetectOptions& options) {
  const auto table = table_from_arguments(options.type, options.parameters);
  if (!table) return tl::unexpected(table.error());
  Diagnostics diagnostics;
  const auto choice = check_choice(detectors(), {}, *table, "detector", diagnostics);
  print(diagnostics.all());
  if (diagnostics.failed()) return fail(ErrorCode::usage, "the detector is not usable");
  std::vector<PlannedDrift> truth;
  if (!options.truth.empty()) {
    auto read = read_truth(options.truth);
    if (!read) return tl::unexpected(read.error());
    truth = *std::move(read);
  }
  const auto detector = choice.row->make.make(choice.parameters);
  if (!options.json) fmt::print("index,level\n");
  const auto found = run(*detector, choice.row->make.input, options.json);
  if (!found) return tl::unexpected(found.error());
  const auto rows = options.truth.empty() ? std::vector<Judged>{} : judge(options.type, found->drifts, truth, found->values);
  if (options.json) {
    fmt::print("{}\n", json_text(document(*found, rows)));
  } else if (!rows.empty()) {
    fmt::print(stderr, "{}", judged_text(rows, found->values));
  }
  return {};
}

}  // namespace

void add_detect(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("detect", "Run a drift detector over numbers on standard input, one a line");
  command->footer(
      "Prints index,level with a line where a warning begins and one for each drift.\n"
      "Examples:\n  rekindle detect adwin < errors.txt\n  rekindle detect adwin delta=0.01 after_drift=keep_newest < errors.txt\n"
      "  rekindle detect ddm --truth sea.truth.csv < errors.txt");
  auto options = std::make_shared<DetectOptions>();
  command->add_option("type", options->type, "One of `rekindle list detectors`")->required();
  command->add_option("parameters", options->parameters, "key=value, as in [[drift.detectors]]");
  command->add_option("--truth", options->truth, "The .truth.csv of a generated stream: delay, misses and false alarms to standard error");
  command->add_flag("--json", options->json, "One JSON document");
  command->callback([=, &chosen] { chosen = [=] { return detect(*options); }; });
}

}  // namespace rekindle
