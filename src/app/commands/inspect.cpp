#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <charconv>

#include "app/commands/command.hpp"
#include "app/commands/group_option.hpp"
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

json::object described(const GroupLook& look) {
  json::array tasks;
  for (const auto& task : look.tasks) tasks.push_back(described(task));
  json::object out = {{"tasks", std::move(tasks)}};
  if (look.round) {
    const auto& round = *look.round;
    out["leader"] = {{"term", round.term},         {"generation", round.generation},     {"round", round.round},
                     {"version", round.version},   {"global_step", round.clock.updates}, {"samples", round.clock.samples},
                     {"lr", json_number(round.lr)}};
  }
  return out;
}

void print_group(const GroupLook& look) {
  for (const auto& task : look.tasks) {
    const auto& summary = task.checkpoint.summary;
    const auto text = [&](const char* name) {
      const auto found = summary.find(name);
      return found == summary.end() ? std::string("-") : found->second;
    };
    fmt::print("{:<40} {:>12} samples, state {}\n", task.path, text("samples"), text("state_hash"));
  }
  if (look.round)
    fmt::print("leader: term {}, generation {}, round {}, model {}, step {}, lr {}\n", look.round->term, look.round->generation,
               look.round->round, look.round->version, look.round->clock.updates, look.round->lr);
  fmt::print("\n{}", look.tasks.front().checkpoint.configuration);
}

Status inspect(const InspectOptions& options) {
  const auto group = look_at_group(options.checkpoint);
  if (!group) return tl::unexpected(group.error());
  if (*group) {
    options.json ? fmt::print("{}\n", json_text(described(**group))) : print_group(**group);
    return {};
  }
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
