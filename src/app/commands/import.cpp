#include <fmt/format.h>

#include <memory>

#include "app/commands/command.hpp"
#include "app/imported_state.hpp"
#include "app/safetensors.hpp"
#include "app/sources.hpp"
#include "app/summary.hpp"
#include "checkpoint/file_store.hpp"

namespace rekindle {

namespace {

struct ImportOptions {
  ConfigurationOptions configuration;
  std::string path;
  std::string format;
  std::string to;
};

Result<ImportedModel> read_model(const ImportOptions& options) {
  const auto file = read_weights_file(options.path);
  if (!file) return tl::unexpected(file.error());
  auto format = options.format;
  if (format.empty()) format = options.path.ends_with(".safetensors") ? "safetensors" : (file->starts_with('{') ? "json" : "vw");
  auto model = format == "safetensors" ? read_safetensors_model(*file) : (format == "json" ? read_json_model(*file) : read_vw_model(*file));
  if (!model) return fail(model.error().code, "{}: {}", options.path, model.error().message);
  return model;
}

Status import_model(const ImportOptions& options) {
  const auto configuration = options.configuration.load();
  if (!configuration) return tl::unexpected(configuration.error());
  const auto model = read_model(options);
  if (!model) return tl::unexpected(model.error());
  std::vector<std::string> notes;
  const auto session = begin_with(*configuration, *model, notes);
  if (!session) return fail(session.error().code, "{}: {}", options.path, session.error().message);
  const auto& directory = options.to.empty() ? configuration->checkpoint.directory : options.to;
  const auto store = FileStore::open(directory, configuration->checkpoint.keep);
  if (!store) return tl::unexpected(store.error());
  const auto there = (*store)->load();
  if (!there || *there) {
    return fail(ErrorCode::usage, "{}: has checkpoints already; a model is imported into a directory without", directory);
  }
  for (const auto& note : notes) fmt::print(stderr, "warning: {}\n", note);
  const auto& learner = *(*session)->learner();
  if (const auto saved = (*store)->save(checkpoint_of(learner, {}, configuration->text)); !saved) return tl::unexpected(saved.error());
  std::size_t weights = model->hashed ? model->hashed->size() : 0;
  for (const auto& tensor : model->tensors) weights += tensor.values.size();
  const auto where = options.to.empty() || options.to == configuration->checkpoint.directory
                         ? ""
                         : fmt::format(" --set checkpoint.directory={}", options.to);
  fmt::print(stderr, "{}: {} weights; `rekindle run -c {}{}` goes on from them\n", directory, grouped(weights), options.configuration.file,
             where);
  return {};
}

}  // namespace

void add_import(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("import", "A model from elsewhere as the first checkpoint of a daemon");
  command->footer(
      "json and safetensors are what `rekindle export` writes: weights, scaling statistics, classes and categories are taken over, "
      "features\n"
      "are matched by name. Safetensors of others have weights alone, by the names of `rekindle export`; schema.features lists the "
      "features\n"
      "in their order. json may be a linear model of scikit-learn or River instead: {\"coef_\", \"intercept_\", \"classes_\",\n"
      "\"feature_names_in_\"}, or {\"weights\": {feature: weight}, \"intercept\"}, and the statistics of its StandardScaler\n"
      "({\"mean_\", \"var_\", \"n_samples_seen_\"}, or {\"means\", \"vars\", \"counts\"}). vw is what `vw --readable_model FILE` writes: "
      "format = \"vw\" and the same preprocess.hash_bits.\n"
      "Optimizer, schedule and detectors start anew; the daemon starts reading where source.start says.\n\n"
      "Examples:\n  rekindle import model.json -c rekindle.toml --to state\n"
      "  rekindle import ads.vw.txt --format vw -c rekindle.toml --to state");
  auto options = std::make_shared<ImportOptions>();
  command->add_option("file", options->path, "The model")->required();
  command->add_option("--format", options->format, "json, safetensors or vw; by default what the file looks like")
      ->check(CLI::IsMember({"json", "safetensors", "vw"}));
  command->add_option("--to", options->to, "The directory of the checkpoint, which has none yet; by default checkpoint.directory");
  options->configuration.add_to(*command);
  command->callback([=, &chosen] { chosen = [=] { return import_model(*options); }; });
}

}  // namespace rekindle
