#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/commands/command.hpp"
#include "app/commands/group_option.hpp"
#include "app/model_description.hpp"
#include "app/onnx_model.hpp"
#include "app/safetensors.hpp"
#include "app/session.hpp"
#include "app/toml.hpp"
#include "checkpoint/file_store.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct ExportOptions {
  CheckpointOptions checkpoint;
  std::string format = "json";
  std::string to;
};

Table without(const Value& table, std::string_view key) {
  Table rest;
  for (const auto& entry : table.table()->entries()) {
    if (entry.key != key) rest.set(entry.key, entry.value, entry.key_place);
  }
  return rest;
}

// The learner of a checkpoint, by the configuration that the checkpoint keeps.
Result<std::unique_ptr<Session>> revive(Checkpoint checkpoint) {
  Diagnostics diagnostics;
  const auto written = read_toml_text(checkpoint.configuration, "the checkpoint's configuration", diagnostics);
  Table table;
  for (const auto& entry : written.entries()) {
    const bool needs_secrets = entry.key == "kafka";  // They are not in the checkpoint, and no broker is asked here.
    if (needs_secrets) continue;
    table.set(entry.key, entry.value, entry.key_place);
    // The weights are in the state; the file that they began from may be gone.
    if (entry.key == "model") table.find("model")->value = Value(without(entry.value, "initial"), entry.value.place);
  }
  const auto configuration = check_configuration(table, "the checkpoint's configuration", diagnostics);
  if (diagnostics.failed()) {
    print(diagnostics.all());
    return fail(ErrorCode::data, "the configuration in the checkpoint is not one of this version");
  }
  auto session = std::make_unique<Session>(configuration);
  std::vector<std::string> notes;
  if (auto status = session->restore(std::move(checkpoint.sections), notes); !status) return tl::unexpected(status.error());
  return session;
}

// Of a group: the leader's model, with what the task that has learned most has beside it.
Result<std::unique_ptr<Session>> revive(const CheckpointOptions& options) {
  auto group = look_at_group(options);
  if (!group) return tl::unexpected(group.error());
  if (!*group) return options.load().and_then([](LoadedCheckpoint loaded) { return revive(std::move(loaded.checkpoint)); });
  auto session = revive(most_learned(**group).checkpoint);
  if (!session) return session;
  if ((*session)->learner() == nullptr) return fail(ErrorCode::data, "the group has learned nothing yet");
  if (auto status = adopt_model(**group, *(*session)->learner()); !status) return tl::unexpected(status.error());
  return session;
}

json::object model_json(const Learner& learner) {
  json::array layers;
  for (const auto& tensor : learner.champion().tensors()) {
    layers.push_back(json::object{{"name", tensor.name}, {"shape", array_of(tensor.shape)}, {"values", array_of(tensor.values)}});
  }
  return {{"layers", std::move(layers)}, {"schema", schema_json(learner)}, {"preprocess", preprocess_json(learner)}};
}

std::string model_safetensors(const Learner& learner) {
  const std::map<std::string, std::string> metadata = {
      {"producer", "rekindle"}, {"schema", json_text(schema_json(learner))}, {"preprocess", json_text(preprocess_json(learner))}};
  return encode_safetensors(learner.champion().tensors(), learner.spec().member.precision != Precision::float64, metadata);
}

Status write(const std::string& path, const std::string& text) {
  const bool to_output = path.empty() || path == "-";
  auto* file = to_output ? stdout : std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (to_output && std::fflush(file) == 0 && written) return {};
  if (to_output || std::fclose(file) != 0 || !written) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  return {};
}

Status export_model(const ExportOptions& options) {
  const auto session = revive(options.checkpoint);
  if (!session) return tl::unexpected(session.error());
  const auto& learner = *(*session)->learner();
  if (options.format == "safetensors") return write(options.to, model_safetensors(learner));
  if (options.format == "json") return write(options.to, json_text(model_json(learner)) + "\n");
  const auto onnx = encode_onnx(learner);
  return onnx ? write(options.to, *onnx) : tl::unexpected(onnx.error());
}

}  // namespace

void add_export(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("export", "The model of a checkpoint, to leave with");
  command->footer(
      "onnx has the scaling as it is now within: its input is the raw features in the order of its metadata (NaN: missing; a column of 0 "
      "or 1\n"
      "for each one-hot value), its outputs prediction and, of classes, probabilities. There is none of hashed features (its operators do "
      "not\n"
      "hash) and of 16-bit precision. Of a portfolio all forms have its best member alone, not the mixture that is served.\n\n"
      "Examples:\n  rekindle export state --format json --to model.json\n  rekindle export state --format safetensors --to "
      "model.safetensors\n  rekindle export state --format onnx --to model.onnx");
  auto options = std::make_shared<ExportOptions>();
  options->checkpoint.add_to(*command);
  command->add_option("--format", options->format, "json, safetensors or onnx")->check(CLI::IsMember({"json", "safetensors", "onnx"}));
  command->add_option("--to", options->to, "File; \"-\" or nothing is standard output");
  command->callback([=, &chosen] { chosen = [=] { return export_model(*options); }; });
}

}  // namespace rekindle
