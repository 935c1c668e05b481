#include "learner/incumbent.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::sample;

Label number(double value) { return {Label::Kind::number, value, {}}; }
Label text(std::string_view value) { return {Label::Kind::text, 0, value}; }

std::optional<double> metric(const NamedMetrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no metric " << name;
  return std::nullopt;
}

LearnerSpec spec_with_incumbent(const test::Recipe& recipe = {}) {
  auto spec = test::spec_of(recipe);
  spec.schema.incumbent = "old";
  return spec;
}

Sample with(Label incumbent, double label, double x = 0.5) {
  auto out = sample({x}, label);
  out.incumbent = incumbent;
  return out;
}

TEST(Incumbent, NamesAClassOrGivesAProbability) {
  Learner learner(spec_with_incumbent(), {"x"});
  EXPECT_EQ(metric(learner.metrics(), "incumbent_accuracy"), std::nullopt);
  learn(learner, with(number(1), 1));     // Right, a class.
  learn(learner, with(number(0.7), 1));   // Right, a probability.
  learn(learner, with(number(0.5), 0));   // Wrong: one half is the second class.
  learn(learner, with(number(0.49), 0));  // Right.
  learn(learner, with(text("1"), 0));     // Wrong.
  learn(learner, with({}, 1));            // Silent,
  learn(learner, with(number(17), 1));    // and no probability either.
  EXPECT_EQ(metric(learner.metrics(), "incumbent_samples"), 5);
  EXPECT_EQ(metric(learner.metrics(), "incumbent_accuracy"), 0.6);
  EXPECT_EQ(learner.counters().learned, 7U) << "learned all the same";
}

TEST(Incumbent, OfClassesByNameMayNameOneThatNoLabelHadYet) {
  test::Recipe recipe;
  recipe.task = Task::multiclass;
  Learner learner(spec_with_incumbent(recipe), {"x"});
  auto one = sample({1.0}, "a");
  one.incumbent = text("b");
  learn(learner, one);
  one = sample({1.0}, "b");
  one.incumbent = text("b");
  learn(learner, one);
  EXPECT_EQ(metric(learner.metrics(), "incumbent_accuracy"), 0.5);
  EXPECT_THAT(learner.classes(), testing::ElementsAre("a", "b")) << "it adds no class";
}

TEST(Incumbent, OfARegressionIsHeldAgainstTheValue) {
  test::Recipe recipe;
  recipe.task = Task::regression;
  Learner learner(spec_with_incumbent(recipe), {"x"});
  learn(learner, with(number(1), 4));
  learn(learner, with(number(5), 1));
  learn(learner, with(text("much"), 1));
  EXPECT_EQ(metric(learner.metrics(), "incumbent_samples"), 2);
  EXPECT_DOUBLE_EQ(*metric(learner.metrics(), "incumbent_rmse"), std::sqrt(12.5));
  EXPECT_EQ(metric(learner.metrics(), "incumbent_mae"), 3.5);
}

TEST(Incumbent, ChangesNothingForOurs) {
  Learner with_one(spec_with_incumbent(), {"x"});
  Learner without(test::spec_of({}), {"x"});
  for (int i = 0; i < 200; ++i) {
    const auto one = with(number(i % 3 == 0 ? 1 : 0), i % 2, i % 5);
    learn(with_one, one);
    learn(without, one);
  }
  EXPECT_EQ(test::weights_of(with_one), test::weights_of(without));
  EXPECT_EQ(with_one.scores().metrics(), without.scores().metrics());
  EXPECT_EQ(without.metrics(), without.scores().metrics()) << "no word of it where the schema names none";
}

TEST(Incumbent, IsPartOfTheState) {
  Learner whole(spec_with_incumbent(), {"x"});
  auto resumed = std::make_unique<Learner>(spec_with_incumbent(), std::vector<std::string>{"x"});
  for (int i = 0; i < 100; ++i) {
    if (i == 50) {
      auto next = std::make_unique<Learner>(spec_with_incumbent(), std::vector<std::string>{"x"});
      std::vector<std::string> notes;
      ASSERT_TRUE(next->restore(resumed->save(), notes));
      resumed = std::move(next);
    }
    const auto one = with(number(i % 7 == 0 ? 1 : 0), i % 2, i % 5);
    learn(whole, one);
    learn(*resumed, one);
  }
  EXPECT_EQ(whole.state_hash(), resumed->state_hash());
  EXPECT_EQ(whole.metrics(), resumed->metrics());
}

TEST(Incumbent, MayComeToAnOldStateAndGoFromIt) {
  Learner without(test::spec_of({}), {"x"});
  Learner with_one(spec_with_incumbent(), {"x"});
  learn(without, with(number(1), 1));
  learn(with_one, with(number(1), 1));
  std::vector<std::string> notes;
  Learner came(spec_with_incumbent(), {"x"});
  ASSERT_TRUE(came.restore(without.save(), notes));
  EXPECT_EQ(metric(came.metrics(), "incumbent_samples"), 0);
  Learner went(test::spec_of({}), {"x"});
  ASSERT_TRUE(went.restore(with_one.save(), notes));
  EXPECT_EQ(went.counters().learned, 1U);
}

ClassTable table_of(Task task, const std::vector<std::string>& names) {
  Schema schema;
  schema.task = task;
  schema.classes = names;
  return ClassTable(schema);
}

// incumbent_samples, incumbent_accuracy.
std::pair<double, std::optional<double>> accuracy(Task task, const std::vector<std::string>& names, Label said, double target) {
  IncumbentScores scores(task);
  scores.observe(said, target, table_of(task, names));
  NamedMetrics out;
  scores.append_to(out);
  EXPECT_EQ(out.size(), 2U);
  return {*metric(out, "incumbent_samples"), metric(out, "incumbent_accuracy")};
}

TEST(Incumbent, OfTwoNamedClassesIsAProbabilityBetweenNoneAndOne) {
  const std::vector<std::string> names = {"no", "yes"};
  const std::pair<double, std::optional<double>> right = {1, 1.0};
  const std::pair<double, std::optional<double>> silent = {0, std::nullopt};
  for (const double p : {0.0, 0.25, 0.499}) EXPECT_EQ(accuracy(Task::binary, names, number(p), 0), right) << p;
  for (const double p : {0.5, 0.75, 1.0}) EXPECT_EQ(accuracy(Task::binary, names, number(p), 1), right) << p;
  for (const double p : {-0.001, 1.001, 2.0, -1.0}) {
    EXPECT_EQ(accuracy(Task::binary, names, number(p), 0), silent) << p;
    EXPECT_EQ(accuracy(Task::binary, names, number(p), 1), silent) << p;
  }
}

TEST(Incumbent, OfAClassThatIsNotKnownIsWrongWhereItIsNoProbability) {
  const std::pair<double, std::optional<double>> wrong = {1, 0.0};
  EXPECT_EQ(accuracy(Task::binary, {"no", "yes"}, text("perhaps"), 0), wrong);
  EXPECT_EQ(accuracy(Task::multiclass, {"a", "b", "c"}, number(0), 0), wrong);
  EXPECT_EQ(accuracy(Task::multiclass, {"a", "b", "c"}, number(17), 1), wrong);
  EXPECT_EQ(accuracy(Task::multiclass, {"a", "b", "c"}, {}, 1).first, 0);
}

TEST(Incumbent, OfOneNumberHasAllItsScores) {
  IncumbentScores scores(Task::regression);
  const auto table = table_of(Task::binary, {});
  NamedMetrics none;
  scores.append_to(none);
  EXPECT_EQ(metric(none, "incumbent_samples"), 0);
  EXPECT_EQ(metric(none, "incumbent_rmse"), std::nullopt);
  EXPECT_EQ(metric(none, "incumbent_mae"), std::nullopt);
  scores.observe(number(3), 1, table);
  NamedMetrics one;
  scores.append_to(one);
  EXPECT_EQ(metric(one, "incumbent_rmse"), 2);
  EXPECT_EQ(metric(one, "incumbent_mae"), 2);
}

// So that the sum of squares stays finite: a million of the largest add up to less than 1e287.
TEST(Incumbent, ThatIsAbsurdlyFarOffIsNotScored) {
  const auto table = table_of(Task::binary, {});
  for (const auto& [residual, counted] : {std::pair(0.9e140, true), {1e140, false}, {1.1e140, false}, {-1.1e140, false}, {1e300, false}}) {
    IncumbentScores scores(Task::regression);
    scores.observe(number(residual), 0, table);
    NamedMetrics out;
    scores.append_to(out);
    EXPECT_EQ(metric(out, "incumbent_samples"), counted ? 1 : 0) << residual;
  }
}

}  // namespace
}  // namespace rekindle
