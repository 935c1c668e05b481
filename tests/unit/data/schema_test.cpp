#include "data/schema.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Schema, LooksAMissingFieldUpAsItselfThenAsItsArray) {
  Schema schema;
  schema.missing = MissingPolicy::zero;
  EXPECT_EQ(schema.missing_policy("x[0]"), MissingPolicy::zero);
  schema.missing_of = {{"x", MissingPolicy::mean}, {"x[1]", MissingPolicy::reject}};
  EXPECT_EQ(schema.missing_policy("x"), MissingPolicy::mean);
  EXPECT_EQ(schema.missing_policy("x[0]"), MissingPolicy::mean);
  EXPECT_EQ(schema.missing_policy("x[1]"), MissingPolicy::reject);
  EXPECT_EQ(schema.missing_policy("y"), MissingPolicy::zero);
  EXPECT_EQ(schema.missing_policy("y[0]"), MissingPolicy::zero);
}

TEST(Schema, NeedsMeansWhereSomeFieldIsReplacedByItsMean) {
  Schema schema;
  EXPECT_FALSE(schema.needs_means());
  schema.missing_of = {{"x", MissingPolicy::zero}};
  EXPECT_FALSE(schema.needs_means());
  schema.missing_of = {{"x", MissingPolicy::zero}, {"y", MissingPolicy::mean}};
  EXPECT_TRUE(schema.needs_means());
  schema.missing_of.clear();
  schema.missing = MissingPolicy::mean;
  EXPECT_TRUE(schema.needs_means());
}

}  // namespace
}  // namespace rekindle
