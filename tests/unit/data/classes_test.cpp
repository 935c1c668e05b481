#include "data/classes.hpp"

#include <gmock/gmock.h>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;

Schema schema(Task task, std::vector<std::string> classes = {}, std::size_t max_classes = 1000) {
  Schema out;
  out.task = task;
  out.classes = std::move(classes);
  out.max_classes = max_classes;
  return out;
}

Label number(double value) { return {Label::Kind::number, value, {}}; }
Label text(std::string_view value) { return {Label::Kind::text, 0, value}; }

std::optional<std::size_t> index_of(ClassTable& classes, const Label& label, Rejection& why) {
  const auto index = classes.index_of(label, why);
  return index == classes.size() ? std::nullopt : std::optional(index);
}
std::optional<std::size_t> index_of(ClassTable& classes, const Label& label) {
  Rejection why;
  return index_of(classes, label, why);
}

TEST(ClassTable, TakesBothClassesOfABinaryPresetAtOnceWhicheverComesFirst) {
  struct Preset {
    std::vector<Label> labels;
    std::vector<std::size_t> indices;
    std::vector<std::string> names;
  };
  const std::vector<Preset> presets = {
      {{number(0), number(1)}, {0, 1}, {"0", "1"}},
      {{number(1), number(0)}, {1, 0}, {"0", "1"}},
      {{number(-1), number(1)}, {0, 1}, {"-1", "1"}},
      {{number(1), number(1), number(-1)}, {1, 1, 0}, {"-1", "1"}},
      {{text("false"), text("true")}, {0, 1}, {"false", "true"}},
      {{text("true"), text("false")}, {1, 0}, {"false", "true"}},
      {{text("1"), text("-1")}, {1, 0}, {"-1", "1"}},
      {{number(-0.0), number(1)}, {0, 1}, {"0", "1"}},
      {{text("yes"), text("no")}, {0, 1}, {"yes", "no"}},
      {{number(3), number(2)}, {0, 1}, {"3", "2"}},
  };
  for (const auto& [labels, indices, names] : presets) {
    ClassTable classes(schema(Task::binary));
    for (std::size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(index_of(classes, labels[i]), indices[i]) << names[0];
    EXPECT_EQ(classes.names(), names);
  }
}

TEST(ClassTable, RefusesAThirdClassOfABinaryTask) {
  ClassTable classes(schema(Task::binary));
  (void)index_of(classes, number(1));
  (void)index_of(classes, number(0));
  Rejection why;
  EXPECT_EQ(index_of(classes, number(-1), why), std::nullopt);
  EXPECT_EQ(why.reason, RejectReason::too_many_classes);
  EXPECT_EQ(why.detail, "label \"-1\" would be class 3 of at most 2");
}

TEST(ClassTable, RefusesAClassThatAClosedListDoesNotHave) {
  ClassTable classes(schema(Task::multiclass, {"red", "green", "2"}));
  EXPECT_EQ(index_of(classes, text("green")), 1U);
  EXPECT_EQ(index_of(classes, number(2)), 2U);
  Rejection why;
  EXPECT_EQ(index_of(classes, text("blue"), why), std::nullopt);
  EXPECT_EQ(why.reason, RejectReason::unknown_class);
  EXPECT_EQ(why.detail, "label \"blue\" is not one of the classes red, green, 2");
  EXPECT_EQ(classes.size(), 3U);
}

TEST(ClassTable, GrowsInTheOrderOfComingUpToItsLimit) {
  ClassTable classes(schema(Task::multiclass, {}, 3));
  EXPECT_EQ(index_of(classes, text("b")), 0U);
  EXPECT_EQ(index_of(classes, number(7)), 1U);
  EXPECT_EQ(index_of(classes, text("a")), 2U);
  EXPECT_EQ(index_of(classes, text("7")), 1U) << "a number and its text are one class";
  EXPECT_EQ(index_of(classes, text("c")), std::nullopt);
  EXPECT_THAT(classes.names(), ElementsAre("b", "7", "a"));
}

TEST(ClassTable, TakesNanAndInfinityForNames) {
  ClassTable classes(schema(Task::multiclass, {"nan", "inf", "1"}));
  EXPECT_EQ(index_of(classes, number(1)), 2U);
  EXPECT_EQ(index_of(classes, text("nan")), 0U);
  EXPECT_EQ(index_of(classes, text("inf")), 1U);
}

TEST(ClassTable, GoesOnWhereItWasSaved) {
  ClassTable classes(schema(Task::binary));
  (void)index_of(classes, number(1));
  ClassTable loaded(schema(Task::binary));
  ASSERT_TRUE(test::load_from(test::saved(classes), loaded));
  EXPECT_EQ(index_of(loaded, number(-1)), 0U) << "0 was only a guess before, too";
  EXPECT_THAT(loaded.names(), ElementsAre("-1", "1"));
}

}  // namespace
}  // namespace rekindle
