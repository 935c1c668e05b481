#include "app/imported_state.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "model/initial.hpp"

namespace rekindle {

namespace {

template <class... Args>
tl::unexpected<Error> unfit(fmt::format_string<Args...> text, Args&&... args) {
  return fail(ErrorCode::configuration, "{}", fmt::format(text, std::forward<Args>(args)...));
}

// Where the file tells, it has to be what the configuration says.
Status check_kind(const LearnerSpec& spec, const ImportedModel& model) {
  const auto task = to_string(spec.schema.task);
  if (!model.task.empty() && model.task != task)
    return unfit("schema.task: the model is for {}, the configuration says {}", model.task, task);
  if (model.categorical != spec.schema.categorical)
    return unfit("schema.categorical: the model has [{}], the configuration [{}]", fmt::join(model.categorical, ", "),
                 fmt::join(spec.schema.categorical, ", "));
  const bool hashed = spec.sparse_coordinates.value_or(0) != 0;
  if (model.hash_bits && !hashed)
    return unfit("source.format, preprocess.encode: the model has 2^{} hashed features, the configuration has none", *model.hash_bits);
  if (hashed && !model.hash_bits) return unfit("source.format, preprocess.encode: the configuration hashes features, the model does not");
  if (hashed && *model.hash_bits != spec.categories.hash_bits)
    return unfit("preprocess.hash_bits: the model has {}, the configuration says {}", *model.hash_bits, spec.categories.hash_bits);
  const auto& configured = spec.schema.classes;
  const bool as_listed = configured.size() >= model.classes.size() &&
                         std::ranges::equal(model.classes, std::span(configured).first(std::min(model.classes.size(), configured.size())));
  if (!configured.empty() && !as_listed)
    return unfit("schema.classes: the model has {}; new classes may only follow them", fmt::join(model.classes, ", "));
  return {};
}

// Only for a configuration that has as many: then the learner takes as much again.
void spread_hashed(const ImportedModel& model, std::vector<NamedTensor>& tensors) {
  if (!model.hashed) return;
  const auto coordinates = std::size_t{1} << *model.hash_bits;
  auto& weights = tensors.emplace_back();
  weights.name = "output.weight";
  weights.shape = {1, coordinates};
  weights.values.resize(coordinates);
  for (const auto& [coordinate, weight] : *model.hashed) weights.values[coordinate] = weight;
}

// The specification of the very model in the file.
Result<LearnerSpec> spec_of(const LearnerSpec& configured, const ImportedModel& model) {
  auto spec = configured;
  if (!model.features.empty()) spec.schema.features = model.features;
  if (!model.classes.empty()) spec.schema.classes = model.classes;
  if (spec.schema.task == Task::multiclass && spec.schema.classes.empty())
    return unfit("schema.classes: must say which classes the weights are for; the file does not");
  const bool dense = !model.hash_bits && model.onehot.empty();
  if (dense && spec.schema.features.empty())
    return unfit("schema.features: must list the features in the order of the weights; the file does not");
  if (!model.onehot.empty()) spec.sparse_coordinates = model.onehot.size();
  const auto inputs = spec.schema.features.size() + spec.sparse_coordinates.value_or(0);
  const auto outputs = spec.schema.task == Task::multiclass ? spec.schema.classes.size() : 1;
  auto tensors = model.tensors;
  spread_hashed(model, tensors);
  const auto mistakes = mistakes_in_initial(tensors, spec.member.model, inputs, outputs);
  if (!mistakes.empty()) return unfit("model: {}", fmt::join(mistakes, "; "));
  spec.member.initial = std::make_shared<const std::vector<NamedTensor>>(std::move(tensors));
  return spec;
}

void replace(std::vector<StateSection>& sections, const std::string& name, std::vector<std::byte> bytes) {
  const auto at = std::ranges::find(sections, name, &StateSection::name);
  if (at != sections.end()) at->bytes = std::move(bytes);
}

// Both are a mean and a variance, which a new sample moves by its own rate.
bool are_averages(const std::string& scale) { return scale == "fading" || scale == "standard"; }

// A file that tells no counts is taken for one that has seen enough: its statistics do not give way to the first samples.
void take_scaling(const LearnerSpec& spec, const ImportedModel& model, std::vector<StateSection>& sections,
                  std::vector<std::string>& notes) {
  const auto kind = to_string(spec.scale);
  const bool keeps = spec.scale != ScaleKind::none || spec.schema.needs_means();
  if (!keeps || model.hash_bits) return;
  auto statistics = model.scaling;
  const bool range = spec.scale != ScaleKind::minmax || !statistics.low.empty();
  const bool same = model.scale == kind || (are_averages(model.scale) && are_averages(kind));
  if (!same || statistics.mean.size() != spec.schema.features.size() || !range) {
    notes.push_back(fmt::format("preprocess.scale: {} starts anew, the file has no statistics of it", kind));
    return;
  }
  constexpr double enough = 1000;
  if (statistics.count.empty()) statistics.count.assign(statistics.mean.size(), std::max(enough, 1 / spec.fading_alpha));
  replace(sections, "scaler", saved_form(spec.scale, statistics));
}

void take_categories(const ImportedModel& model, std::vector<StateSection>& sections) {
  if (model.onehot.empty()) return;
  ByteWriter out;
  out.put<std::uint64_t>(model.onehot.size());
  for (const auto& name : model.onehot) out.put_string(name);
  replace(sections, "categories", out.take());
}

}  // namespace

Result<std::unique_ptr<Session>> begin_with(const Configuration& configuration, const ImportedModel& model,
                                            std::vector<std::string>& notes) {
  if (auto status = check_kind(configuration.learner, model); !status) return tl::unexpected(status.error());
  auto spec = spec_of(configuration.learner, model);
  if (!spec) return tl::unexpected(spec.error());
  const auto features = spec->schema.features;
  auto sections = Learner(*spec, features).save();
  take_scaling(*spec, model, sections, notes);
  take_categories(model, sections);
  auto session = std::make_unique<Session>(configuration);
  if (auto status = session->restore(std::move(sections), notes); !status) return tl::unexpected(status.error());
  if (session->learner() == nullptr)
    return unfit("schema.features: the model has {}; the configuration names others", fmt::join(features, ", "));
  return session;
}

}  // namespace rekindle
