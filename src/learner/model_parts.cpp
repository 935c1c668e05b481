#include "learner/model_parts.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "learner/portfolio_section.hpp"
#include "model/initial.hpp"

namespace rekindle {

namespace {

// One that only predicts: the cheapest optimizer, no schedule to speak of.
MemberSpec that_predicts(const MemberSpec& of) {
  MemberSpec spec = of;
  Diagnostics ignored;
  const auto* optimizer = find_row(optimizers(), "sgd");
  const auto keys = row_keys(*optimizer, common_optimizer_parameters());
  spec.optimizer = {optimizer, check_parameters(keys, {}, "", ignored)};
  spec.schedule = {};
  spec.schedule.schedule.row = find_row(schedules(), "constant");
  spec.schedule.schedule.parameters = check_parameters(spec.schedule.schedule.row->parameters, {}, "", ignored);
  spec.layers.clear();
  spec.initial.reset();
  spec.controls = {};
  return spec;
}

std::size_t outputs_of(Task task, std::size_t classes) { return task == Task::multiclass ? std::max<std::size_t>(1, classes) : 1; }

// One-hot coordinates come as the stream goes on, to each member by itself.
std::optional<std::size_t> sparse_in(const LearnerSpec& spec, std::size_t features, const std::vector<NamedTensor>& tensors) {
  if (spec.sparse_coordinates != std::size_t{0}) return spec.sparse_coordinates;
  const auto first = layer_names(spec.member.model).front() + ".weight";
  const auto at = std::ranges::find(tensors, first, &NamedTensor::name);
  if (at == tensors.end() || at->shape.size() != 2 || at->shape[1] < features) return spec.sparse_coordinates;
  return at->shape[1] - features;
}

Result<std::unique_ptr<Member>> member_of(const LearnerSpec& spec, std::size_t features, std::size_t classes, const ModelPart& part) {
  const auto sparse = sparse_in(spec, features, part.tensors);
  auto plain = that_predicts(spec.member);
  const auto mistakes =
      mistakes_in_initial(part.tensors, plain.model, features + sparse.value_or(0), outputs_of(spec.schema.task, classes));
  const auto of = part.name.empty() ? "" : part.name + ": ";
  if (!mistakes.empty()) return fail(ErrorCode::data, "{}{}", of, fmt::join(mistakes, "; "));
  const auto wanted = 2 * layer_names(plain.model).size();
  if (part.tensors.size() != wanted) return fail(ErrorCode::data, "{}{} tensors, where the model has {}", of, part.tensors.size(), wanted);
  plain.initial = std::make_shared<const std::vector<NamedTensor>>(part.tensors);
  return make_member(plain, spec.schema.task, {features, sparse}, classes, 1);
}

std::vector<MemberStatus> members_of(const Member& portfolio) { return static_cast<const Portfolio&>(portfolio).report({}); }

}  // namespace

std::vector<ModelPart> parts_of(const Learner& learner) {
  const auto& spec = learner.spec();
  if (spec.mode == LearnerMode::single) return {{"", 1, learner.champion().tensors()}};
  ByteWriter saved;
  learner.champion().save_model(saved);
  ByteReader in(saved.bytes());
  auto section = read_portfolio(in);
  std::vector<ModelPart> parts;
  const auto members = learner.members();
  for (std::size_t k = 0; k < section.models.size(); ++k) {
    const auto one =
        make_member(that_predicts(spec.member), spec.schema.task, spec.inputs(learner.features().size()), learner.classes().size(), 1);
    ByteReader model(section.models[k]);
    one->load_model(model);
    parts.push_back({members[k].name, section.weights[k], one->tensors()});
  }
  return parts;
}

Result<std::unique_ptr<Member>> member_of(const LearnerSpec& spec, std::size_t features, std::size_t classes,
                                          const std::vector<ModelPart>& parts) {
  if (spec.mode == LearnerMode::single) {
    if (parts.size() != 1) return fail(ErrorCode::data, "{} parts, where a single learner has one", parts.size());
    return member_of(spec, features, classes, parts[0]);
  }
  auto whole = make_champion(spec, features, classes);
  const auto members = members_of(*whole);
  if (parts.size() != members.size()) return fail(ErrorCode::data, "{} members, where there are {}", parts.size(), members.size());
  PortfolioSection section;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (parts[k].name != members[k].name) return fail(ErrorCode::data, "a member {}, where {} is expected", parts[k].name, members[k].name);
    const auto one = member_of(spec, features, classes, parts[k]);
    if (!one) return tl::unexpected(one.error());
    ByteWriter model;
    (*one)->save_model(model);
    section.models.emplace_back(model.bytes().begin(), model.bytes().end());
    section.weights.push_back(parts[k].weight);
  }
  section.losses.assign(parts.size(), 0);
  ByteWriter saved;
  write_portfolio(section, saved);
  ByteReader in(saved.bytes());
  whole->load_model(in);
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::internal, "the members do not make a portfolio");
  return whole;
}

}  // namespace rekindle
