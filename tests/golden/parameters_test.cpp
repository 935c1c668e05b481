// Defaults and bounds of every parameter, beside the table of the contract.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "schedule/warmup.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

std::string line_of(const std::string& family, const std::string& row, const ParameterSpec& spec) {
  std::string text = fmt::format("{} {} {}", family, row, spec.name);
  if (spec.is_required) text += " = !";
  if (spec.fallback) text += " = " + Value(*spec.fallback).text();
  if (const auto bounds = spec.bounds(); !bounds.empty()) text += " | " + bounds;
  return text;
}

void append(std::vector<std::string>& lines, const std::string& family, const std::string& row, std::span<const ParameterSpec> specs) {
  for (const auto& spec : specs) lines.push_back(line_of(family, row, spec));
}

std::vector<std::string> lines_of_the_registries() {
  std::vector<std::string> lines;
  for (const auto& row : schedules()) append(lines, "schedules", row.name, row.parameters);
  append(lines, "schedules", "(warmup)", warmup_parameters());
  for (const auto& row : optimizers()) {
    lines.push_back(fmt::format("optimizers {} lr = {}", row.name, row.make.default_lr));
    append(lines, "optimizers", row.name, row.parameters);
  }
  append(lines, "optimizers", "(all)", common_optimizer_parameters());
  for (const auto& row : losses()) append(lines, "losses", row.name, row.parameters);
  for (const auto& row : detectors()) append(lines, "detectors", row.name, row.parameters);
  return lines;
}

std::vector<std::string> only_in(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  std::vector<std::string> out;
  std::ranges::copy_if(some, std::back_inserter(out), [&](const auto& line) { return !std::ranges::count(others, line); });
  return out;
}

TEST(ParametersOfTheContract, HaveItsDefaultsAndBounds) {
  std::ifstream file(REKINDLE_GOLDEN_DATA "/parameters.txt");
  std::vector<std::string> wanted;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) wanted.push_back(line);
  }
  const auto ours = lines_of_the_registries();
  EXPECT_THAT(only_in(wanted, ours), testing::IsEmpty()) << "not kept";
  EXPECT_THAT(only_in(ours, wanted), testing::IsEmpty()) << "not in the table";
}

}  // namespace
}  // namespace rekindle
