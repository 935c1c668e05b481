// Categorical fields, hashed records and missing values in a configuration.
#include <gmock/gmock.h>

#include "app/configuration.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Configuration checked(const std::string& format, const std::string& more, Diagnostics& diagnostics) {
  const auto text = fmt::format(
      "[source]\ntype = \"file\"\npath = \"-\"\nformat = \"{}\"\n[schema]\ntask = \"multiclass\"\nlabel = \"y\"\n{}", format, more);
  return check_configuration(read_toml_text(text, "r", diagnostics), "r", diagnostics);
}

Configuration good(const std::string& format, const std::string& more) {
  Diagnostics diagnostics;
  auto out = checked(format, more, diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

TEST(SparseConfiguration, IsDenseUnlessSomethingIsSparse) {
  EXPECT_EQ(good("json", "").learner.sparse_coordinates, std::nullopt);
  EXPECT_EQ(good("vw", "").learner.sparse_coordinates, 262'144U);
  EXPECT_EQ(good("libsvm", "[preprocess]\nhash_bits = 10\n").learner.sparse_coordinates, 1024U);
  EXPECT_EQ(good("json", "categorical = [\"a\"]\n").learner.sparse_coordinates, 0U);
  EXPECT_EQ(good("csv", "categorical = [\"a\"]\n[preprocess]\nencode = \"hash\"\nhash_bits = 4\n").learner.sparse_coordinates, 16U);
}

TEST(SparseConfiguration, ReadsPairs) {
  EXPECT_THAT(good("vw", "[preprocess]\ninteractions = [\"ab\", \"aa\"]\n").source.interactions, ElementsAre("ab", "aa"));
  const auto fields = good("json", "categorical = [\"a\", \"b\", \"c\"]\n[preprocess]\ninteractions = [\"c*a\"]\n");
  EXPECT_THAT(fields.learner.categories.pairs, ElementsAre(Pair(2, 0)));
}

TEST(SparseConfiguration, ReadsMissingByField) {
  const auto schema = good("json", "missing = { default = \"zero\", \"user.age\" = \"mean\", x = \"reject\" }\n").learner.schema;
  EXPECT_EQ(schema.missing_policy("other"), MissingPolicy::zero);
  EXPECT_EQ(schema.missing_policy("user.age"), MissingPolicy::mean);
  EXPECT_EQ(schema.missing_policy("x[3]"), MissingPolicy::reject);
  EXPECT_TRUE(schema.needs_means());
}

TEST(SparseConfiguration, ReadsBackWhatItWrites) {
  for (const auto* more :
       {"missing = { default = \"zero\", \"user.age\" = \"mean\" }\ncategorical = [\"a\", \"b\"]\n[preprocess]\nencode = "
        "\"hash\"\nhash_bits = 9\ninteractions = [\"a*b\"]\n",
        "missing = \"mean\"\n"}) {
    const auto first = good("json", more);
    Diagnostics diagnostics;
    const auto again = check_configuration(read_toml_text(first.text, "r", diagnostics), "r", diagnostics);
    EXPECT_EQ(test::texts(diagnostics), "");
    EXPECT_EQ(again.text, first.text);
    EXPECT_EQ(again.learner.schema.missing_of, first.learner.schema.missing_of);
    EXPECT_EQ(again.learner.categories.pairs, first.learner.categories.pairs);
  }
}

TEST(SparseConfiguration, SaysWhatIsWrong) {
  const std::vector<std::tuple<std::string, std::string, std::string>> table = {
      {"json", "missing = \"drop\"\n", "r:8:11: schema.missing: must be one of reject, zero, mean, got \"drop\""},
      {"json", "missing = 3\n", "r:8:11: schema.missing: must be one of reject, zero, mean, got 3"},
      {"json", "missing = { default = \"x\" }\n", "schema.missing.default: must be one of reject, zero, mean, got \"x\""},
      {"json", "features = [\"price\"]\nmissing = { prize = \"zero\" }\n",
       "schema.missing.prize: is no feature of this schema; did you mean \"price\"?"},
      {"json", "categorical = [\"a\", \"a\"]\n", "r:8:21: schema.categorical: \"a\" is there twice"},
      {"json", "categorical = [\"y\"]\n", "r:8:16: schema.categorical: \"y\" has another role in this schema"},
      {"json", "features = [\"a\"]\ncategorical = [\"a\"]\n", "schema.features: \"a\" has another role in this schema"},
      {"vw", "categorical = [\"a\"]\n", "r:8:15: schema.categorical: a vw record has no fields; its features are its own"},
      {"libsvm", "[preprocess]\ninteractions = [\"ab\"]\n",
       "preprocess.interactions: a libsvm record has neither namespaces nor categorical fields"},
      {"vw", "[preprocess]\ninteractions = [\"abc\"]\n",
       "r:9:17: preprocess.interactions: must be the first letters of two namespaces, such as \"ab\", got \"abc\""},
      {"json", "categorical = [\"a\", \"b\"]\n[preprocess]\ninteractions = [\"a*c\"]\n",
       "preprocess.interactions: must be two fields of schema.categorical joined by *, such as \"a*b\", got \"a*c\""},
      {"json", "[preprocess]\nhash_bits = 0\n", "preprocess.hash_bits: must be >= 1 and <= 28, got 0"},
      {"json", "[preprocess]\nencode = \"ones\"\n", "preprocess.encode: must be one of onehot, hash, got \"ones\""},
      {"vw", "[preprocess]\nhash_bits = 28\n", "r:9:13: preprocess.hash_bits: 2^28 weights for 2 outputs do not fit memory_limit"},
  };
  for (const auto& [format, more, expected] : table) {
    Diagnostics diagnostics;
    (void)checked(format, more, diagnostics);
    EXPECT_THAT(test::texts(diagnostics), HasSubstr(expected));
  }
}

TEST(SparseConfiguration, TakesInNoMoreClassesThanThereIsMemoryFor) {
  EXPECT_EQ(good("vw", "").learner.schema.max_classes, 34U);
  EXPECT_EQ(good("vw", "[preprocess]\nhash_bits = 10\n").learner.schema.max_classes, 1000U);
}

}  // namespace
}  // namespace rekindle
