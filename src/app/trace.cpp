#include "app/trace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "app/event_name.hpp"

namespace rekindle {

namespace {

std::string event_names(const Learner& learner) {
  std::string names;
  for (const auto& event : learner.events()) {
    if (!names.empty()) names += ';';
    names += event_name(event);
  }
  return names;
}

// A class by its name; quoted where CSV needs it.
std::string class_text(const Learner& learner, double index) {
  const auto& classes = learner.classes();
  const auto at = static_cast<std::size_t>(index);
  if (at >= classes.size()) return "";
  const auto& name = classes[at];
  if (name.find_first_of(",\"\n") == std::string::npos) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

Result<std::unique_ptr<Trace>> Trace::open(const std::string& path) {
  auto* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  std::fputs("sample,label,prediction,loss,error,lr,update,event\n", file);
  return std::unique_ptr<Trace>(new Trace(path, file));
}

void Trace::observed(const Sample& /*sample*/, const Outcome& outcome, const Learner& learner) {
  const bool regression = !learner.spec().schema.is_classification();
  const auto shown = [&](double value) { return regression ? fmt::format("{}", value) : class_text(learner, value); };
  row_.clear();
  auto to = std::back_inserter(row_);
  fmt::format_to(to, "{},{},{}", learner.counters().samples - 1, outcome.labelled ? shown(outcome.target) : "",
                 shown(learner.prediction().value));
  if (outcome.labelled) {
    fmt::format_to(to, ",{},{},{},{}", outcome.loss, outcome.error, outcome.lr, learner.counters().updates);
  } else {
    row_ += ",,,,";
  }
  fmt::format_to(to, ",{}\n", event_names(learner));
  std::fwrite(row_.data(), 1, row_.size(), file_.get());
}

Status Trace::close() {
  const bool failed = std::ferror(file_.get()) != 0;
  const bool closed = std::fclose(file_.release()) == 0;
  if (failed || !closed) return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno));
  return {};
}

}  // namespace rekindle
