#include "app/imported_model.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

using testing::HasSubstr;

std::string problem_of(const std::string& shape, const std::string& values) {
  const auto model = read_json_model(R"({"layers":[{"name":"output.weight","shape":)" + shape + R"(,"values":)" + values + "}]}");
  return model ? "" : model.error().message;
}

TEST(JsonModel, HasAsManyValuesAsItsShapeSays) {
  EXPECT_EQ(problem_of("[1,2]", "[1,2]"), "");
  EXPECT_EQ(problem_of("[1,0]", "[]"), "");
  EXPECT_THAT(problem_of("[2,2]", "[1,2]"), HasSubstr("2 numbers, the shape says 4"));
  // Found by fuzzing: a length of 0 was taken for 1.
  EXPECT_THAT(problem_of("[0,2]", "[1,2]"), HasSubstr("2 numbers, the shape says 0"));
  EXPECT_THAT(problem_of("[0]", "[0.5]"), HasSubstr("1 numbers, the shape says 0"));
  EXPECT_THAT(problem_of("[0,99999999999999]", "[]"), HasSubstr("shape"));
}

}  // namespace
}  // namespace rekindle
