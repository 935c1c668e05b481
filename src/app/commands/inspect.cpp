#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <charconv>

#include "app/commands/command.hpp"
#include "checkpoint/file_store.hpp"
#include "http/json_text.hpp"
#include "learner/adaptation.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct InspectOptions {
  CheckpointOptions checkpoint;
  bool json = false;
};

// A summary value as the number it is, where it is one.
json::value typed(const std::string& text) {
  std::uint64_t whole = 0;
  const auto* end = text.data() + text.size();
  if (const auto r = std::from_chars(text.data(), end, whole); r.ec == std::errc{} && r.ptr == end) return whole;
  double real = 0;
  if (const auto r = std::from_chars(text.data(), end, real); r.ec == std::errc{} && r.ptr == end) return real;
  return json::string(text);
}

json::object described(const LoadedCheckpoint& loaded) {
  const auto& checkpoint = loaded.checkpoint;
  json::object position;
  for (const auto& one : checkpoint.position.all()) {
    auto& partitions = position[one.topic];
    if (!partitions.is_object()) partitions = json::object();
    partitions.as_object()[fmt::format("{}", one.partition)] = one.next;
  }
  json::object out = {
      {"path", loaded.path}, {"sequence", checkpoint.sequence}, {"created", checkpoint.created_ms}, {"position", std::move(position)}};
  for (const auto& [name, value] : checkpoint.summary) out[name] = name == "state_hash" ? json::value(value) : typed(value);
  if (const auto shape = load_shape(checkpoint.sections)) {
    out["task"] = shape->task;
    out["model"] = shape->model;
    out["precision"] = shape->precision;
    out["optimizer"] = shape->optimizer;
    out["features"] = json::value_from(shape->features);
    out["classes"] = json::value_from(shape->classes);
  }
  json::object sections;
  for (const auto& section : checkpoint.sections) sections[section.name] = section.bytes.size();
  out["section_bytes"] = std::move(sections);
  return out;
}

Status inspect(const InspectOptions& options) {
  const auto loaded = options.checkpoint.load();
  if (!loaded) return tl::unexpected(loaded.error());
  for (const auto& warning : loaded->warnings) fmt::print(stderr, "warning: {}\n", warning);
  const auto out = described(*loaded);
  if (options.json) {
    fmt::print("{}\n", json_text(out));
    return {};
  }
  for (const auto& [name, value] : out)
    fmt::print("{:<14} {}\n", std::string_view(name), value.is_string() ? std::string(value.as_string()) : json_text(value));
  fmt::print("\n{}", loaded->checkpoint.configuration);
  return {};
}

}  // namespace

void add_inspect(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("inspect", "What is in a checkpoint");
  command->footer("Examples:\n  rekindle inspect state\n  rekindle inspect state --json\n  rekindle inspect -c rekindle.toml");
  auto options = std::make_shared<InspectOptions>();
  options->checkpoint.add_to(*command);
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return inspect(*options); }; });
}

}  // namespace rekindle
