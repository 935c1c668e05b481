// A small reader of the Prometheus text format, written from its specification and not from our writer, for tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace rekindle {

struct Exposition {
  std::map<std::string, std::string> types;  // Family name to type.
  std::map<std::string, std::string> helps;  // Family name to help.
  std::map<std::string, double> values;      // Sample as written, `name{labels}`, to value.
  std::vector<std::string> problems;         // What the specification forbids.

  [[nodiscard]] double at(const std::string& sample) const {
    const auto found = values.find(sample);
    return found == values.end() ? std::nan("") : found->second;
  }
  [[nodiscard]] bool has_family(const std::string& name) const { return types.contains(name); }
};

namespace exposition_detail {

inline std::string family_of(const std::string& sample, const Exposition& so_far) {
  const std::string name = sample.substr(0, sample.find('{'));
  if (so_far.types.contains(name)) return name;
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string base = name.substr(0, name.size() - suffix.size());
    if (so_far.types.contains(base) && so_far.types.at(base) == "histogram") return base;
  }
  return "";
}

inline void read_comment(const std::string& line, Exposition& out) {
  std::istringstream in(line);
  std::string hash, what, name, rest;
  in >> hash >> what >> name;
  std::getline(in, rest);
  if (!rest.empty()) rest.erase(0, 1);
  auto& into = what == "TYPE" ? out.types : out.helps;
  if (what != "TYPE" && what != "HELP") out.problems.push_back("unknown comment: " + line);
  if (!into.emplace(name, rest).second) out.problems.push_back("twice: " + line);
}

inline void read_sample(const std::string& line, Exposition& out) {
  const auto blank = line.rfind(' ');
  const std::string sample = line.substr(0, blank);
  const std::string text = line.substr(blank + 1);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') out.problems.push_back("no number: " + line);
  if (!std::isfinite(value)) out.problems.push_back("not finite: " + line);
  if (family_of(sample, out).empty()) out.problems.push_back("no TYPE before: " + line);
  if (!out.values.emplace(sample, value).second) out.problems.push_back("twice: " + line);
}

}  // namespace exposition_detail

inline Exposition read_exposition(const std::string& text) {
  Exposition out;
  if (!text.empty() && text.back() != '\n') out.problems.push_back("the last line does not end");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line[0] == '#') {
      exposition_detail::read_comment(line, out);
    } else {
      exposition_detail::read_sample(line, out);
    }
  }
  return out;
}

}  // namespace rekindle
