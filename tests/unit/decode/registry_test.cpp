#include "connectors/decode/registry.hpp"

#include <gmock/gmock.h>

#include "support/decoding.hpp"

namespace rekindle {
namespace {

TEST(Formats, AreAllDescribedAndRefuseNothingness) {
  for (const auto& row : formats()) {
    EXPECT_FALSE(row.meaning.empty()) << row.name;
    Schema schema;
    schema.label = "y";
    const auto decoder = row.make(schema, {});
    ASSERT_NE(decoder, nullptr) << row.name;
    decoder->set_layout({"a"});
    EXPECT_EQ(test::decoded(*decoder, test::Record("")), "undecodable: the record has no value") << row.name;
    EXPECT_EQ(test::discovered(*decoder, test::Record("")), "undecodable: the record has no value") << row.name;
  }
}

}  // namespace
}  // namespace rekindle
