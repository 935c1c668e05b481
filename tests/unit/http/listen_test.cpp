#include "http/listen.hpp"

#include <gtest/gtest.h>

namespace rekindle {
namespace {

TEST(ParseListen, TakesHostAndPort) {
  EXPECT_EQ(parse_listen("127.0.0.1:9464")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen("127.0.0.1:9464")->port, 9464);
  EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen(":80")->host, "");
}

TEST(ParseListen, RefusesAnythingElse) {
  for (const auto* text : {"", "localhost", "localhost:", "localhost:x", "localhost:70000", "localhost:-1", "localhost:80x", "::1:80"}) {
    const auto parsed = parse_listen(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::configuration);
  }
}

}  // namespace
}  // namespace rekindle
