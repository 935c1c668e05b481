#include "learner/model_parts.hpp"

#include <gmock/gmock.h>

#include "learner/portfolio_section.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;
using ::testing::HasSubstr;

Recipe unscaled(Task task, LearnerMode mode = LearnerMode::single) {
  Recipe recipe;
  recipe.task = task;
  recipe.mode = mode;
  recipe.scale = ScaleKind::none;
  recipe.policy = "none";
  recipe.precision = Precision::float64;
  return recipe;
}

Recipe network(Task task) {
  auto recipe = unscaled(task);
  recipe.model = {ModelKind::mlp, Rounding::none, {4, 3}, Activation::tanh, 0, 1};
  return recipe;
}

Recipe with_sparse(Recipe recipe, std::size_t coordinates) {
  recipe.sparse_coordinates = coordinates;
  return recipe;
}

// Three numbers, and coordinates of which more come as the stream goes on.
std::vector<Sample> stream(const Recipe& recipe, std::size_t count) {
  static const std::vector<std::string> names = {"a", "b", "c"};
  Random random(3);
  std::vector<Sample> out;
  for (std::size_t i = 0; i < count; ++i) {
    auto one = test::sample({random.normal(), random.normal(), random.normal()});
    const auto k = static_cast<std::size_t>(random.below(std::min<std::size_t>(3, 1 + i / 40)));
    one.label = {Label::Kind::number, recipe.task == Task::binary ? static_cast<double>(k % 2) : 3 * one.values[0], {}};
    if (recipe.task == Task::multiclass) one.label = {Label::Kind::text, 0, names[k]};
    if (recipe.sparse_coordinates) one.sparse = {{static_cast<std::uint32_t>(random.below(1 + i / 20)), 1.0}};
    out.push_back(one);
  }
  return out;
}

Result<std::unique_ptr<Member>> again(const Learner& learner, const std::vector<ModelPart>& parts) {
  return member_of(learner.spec(), learner.features().size(), learner.classes().size(), parts);
}

TEST(ModelParts, MakeAModelThatPredictsToTheBit) {
  const auto several = LearnerMode::portfolio;
  for (const auto& recipe : {unscaled(Task::regression), unscaled(Task::binary), unscaled(Task::multiclass), network(Task::regression),
                             network(Task::multiclass), unscaled(Task::regression, several), unscaled(Task::binary, several),
                             unscaled(Task::multiclass, several), with_sparse(unscaled(Task::binary), 64),
                             with_sparse(unscaled(Task::multiclass), 0), with_sparse(network(Task::binary), 0),
                             with_sparse(unscaled(Task::multiclass, several), 0), with_sparse(unscaled(Task::regression, several), 64)}) {
    auto learner = test::learner_of(recipe, 3);
    for (const auto& one : stream(recipe, 200)) (void)test::learn(learner, one);
    const auto parts = parts_of(learner);
    const auto member = again(learner, parts);
    ASSERT_TRUE(member) << member.error().message;
    for (auto one : stream(recipe, 200)) {
      one.label = {};
      (void)test::learn(learner, one);
      Features x;
      std::ranges::copy(one.values, x.resize<double>(3).begin());
      x.set_sparse<double>(one.sparse);
      Prediction prediction;
      (*member)->predict(x, prediction);
      ASSERT_EQ(prediction.value, learner.prediction().value);
      ASSERT_EQ(prediction.probabilities, learner.prediction().probabilities);
    }
  }
}

TEST(ModelParts, AreOneWithoutANameOrOneForEachMember) {
  const auto one = parts_of(test::learner_of(unscaled(Task::binary), 3));
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].name, "");
  EXPECT_EQ(one[0].weight, 1);
  EXPECT_EQ(one[0].tensors.size(), 2U);

  const auto recipe = unscaled(Task::binary, LearnerMode::portfolio);
  auto learner = test::learner_of(recipe, 3);
  for (const auto& sample : stream(recipe, 100)) (void)test::learn(learner, sample);
  const auto parts = parts_of(learner);
  const auto members = learner.members();
  ASSERT_EQ(parts.size(), members.size());
  for (std::size_t k = 0; k < parts.size(); ++k) {
    EXPECT_EQ(parts[k].name, members[k].name);
    EXPECT_EQ(parts[k].weight, members[k].weight);
  }
  const auto member = again(learner, parts);
  ASSERT_TRUE(member);
  ByteWriter saved;
  (*member)->save_model(saved);
  ByteReader in(saved.bytes());
  EXPECT_THAT(read_portfolio(in).losses, ::testing::Each(0)) << "it has predicted nothing yet";
}

// Before the first label a model of classes has room for one.
TEST(ModelParts, OfAModelThatHasLearnedNothingFitIt) {
  for (const auto task : {Task::regression, Task::binary, Task::multiclass}) {
    const auto learner = test::learner_of(unscaled(task), 3);
    EXPECT_TRUE(again(learner, parts_of(learner))) << to_string(task);
  }
}

std::string refusal(const Learner& learner, const std::vector<ModelPart>& parts) {
  const auto member = again(learner, parts);
  if (member) return "";
  EXPECT_EQ(member.error().code, ErrorCode::data);
  return member.error().message;
}

TEST(ModelParts, ThatDoNotFitAreNamed) {
  const auto learner = test::learner_of(network(Task::binary), 3);
  const auto parts = parts_of(learner);
  EXPECT_EQ(refusal(learner, parts), "");
  EXPECT_EQ(refusal(learner, {}), "0 parts, where a single learner has one");
  EXPECT_EQ(refusal(learner, {parts[0], parts[0]}), "2 parts, where a single learner has one");
  auto fewer = parts;
  fewer[0].tensors.erase(fewer[0].tensors.begin(), fewer[0].tensors.begin() + 2);
  EXPECT_EQ(refusal(learner, fewer), "4 tensors, where the model has 6");
  auto narrow = parts;
  narrow[0].tensors[0].shape[1] = 2;
  EXPECT_THAT(refusal(learner, narrow), HasSubstr("hidden.0.weight"));
  auto wider = parts;
  wider[0].tensors.back().shape[0] = 2;
  EXPECT_THAT(refusal(learner, wider), HasSubstr("output.bias"));
}

TEST(ModelParts, OfOtherMembersAreNamed) {
  const auto learner = test::learner_of(unscaled(Task::binary, LearnerMode::portfolio), 3);
  auto parts = parts_of(learner);
  auto damaged = parts;
  damaged[1].tensors[0].shape = {1, 2};
  EXPECT_THAT(refusal(learner, damaged), HasSubstr(parts[1].name + ": output.weight"));
  auto swapped = parts;
  std::swap(swapped[0], swapped[1]);
  EXPECT_EQ(refusal(learner, swapped), fmt::format("a member {}, where {} is expected", parts[1].name, parts[0].name));
  parts.pop_back();
  EXPECT_EQ(refusal(learner, parts), "3 members, where there are 4");
}

// The coordinates that came are read off the first layer's weight; where there is none, or it is none, nothing can be.
TEST(ModelParts, WithoutTheWeightsOfTheirCoordinatesAreRefused) {
  const auto recipe = with_sparse(unscaled(Task::binary), 0);
  auto learner = test::learner_of(recipe, 3);
  for (const auto& one : stream(recipe, 100)) (void)test::learn(learner, one);
  const auto parts = parts_of(learner);
  EXPECT_EQ(refusal(learner, parts), "");
  auto none = parts;
  none[0].tensors.clear();
  EXPECT_EQ(refusal(learner, none), "0 tensors, where the model has 2");
  for (const auto& shape : {std::vector<std::size_t>{1}, {1, 2}, {1, 4, 1}}) {
    auto odd = parts;
    odd[0].tensors[0].shape = shape;
    EXPECT_THAT(refusal(learner, odd), HasSubstr("output.weight")) << shape.size();
  }
}

}  // namespace
}  // namespace rekindle
