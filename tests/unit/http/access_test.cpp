#include "http/access.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace rekindle {
namespace {

const std::string secret(32, 's');

struct Case {
  const char* what;
  AccessRules rules;
  HttpRequest request;
  bool mutating;
  int status;  // 0: let through.
};

// Not its bytes, of which some are nobody's.
void PrintTo(const Case& one, std::ostream* out) { *out << one.what; }

class Access : public testing::TestWithParam<Case> {};

TEST_P(Access, Answers) {
  const auto& one = GetParam();
  const auto refused = refusal(one.rules, one.request, one.mutating);
  EXPECT_EQ(refused ? refused->status : 0, one.status) << one.what;
}

const AccessRules local_open{true, ""};
const AccessRules local_token{true, secret};
const AccessRules public_open{false, ""};
const AccessRules public_token{false, secret};
const std::string right = "Bearer " + secret;
const std::string wrong = "Bearer " + std::string(32, 'x');

HttpRequest post(std::string_view host, std::string_view origin = "", std::string_view authorization = "", bool from_loopback = true) {
  return {.method = "POST",
          .path = "/",
          .query = {},
          .body = {},
          .host = host,
          .origin = origin,
          .fetch_site = {},
          .authorization = authorization,
          .from_loopback = from_loopback};
}

HttpRequest fetched(std::string_view site) {
  auto out = post("localhost:9464");
  out.fetch_site = site;
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Access,
    testing::Values(
        Case{"reading is open",
             public_token,
             {.method = "GET", .path = {}, .query = {}, .body = {}, .host = "x", .origin = {}, .fetch_site = {}, .authorization = {}},
             false,
             0},
        Case{"predict needs no token", local_token, post("localhost:9464"), false, 0},
        Case{"predict with a foreign Host", local_open, post("evil.example"), false, 403},
        Case{"predict on a public address has any Host", public_open, post("model.example", "", "", false), false, 0},
        Case{"predict with a foreign Origin", public_open, post("model.example", "https://evil.example"), false, 403},
        Case{"predict from our own page", local_open, post("localhost:9464", "http://localhost:9464"), false, 0},
        Case{"another port is another origin", local_open, post("localhost:9464", "http://localhost:8080"), false, 403},
        Case{"a sandboxed page", local_open, post("localhost:9464", "null"), false, 403},
        Case{"the browser says another site", local_open, fetched("cross-site"), false, 403},
        Case{"the browser says this site", local_open, fetched("same-origin"), false, 0},
        Case{"command without a token set", local_open, post("127.0.0.1:9464"), true, 0},
        Case{"command without a token set, foreign Host", local_open, post("evil.example"), true, 403},
        Case{"command without a token set, foreign Origin", local_open, post("127.0.0.1", "http://evil.example"), true, 403},
        Case{"command without a token set, from afar", public_open, post("localhost", "", "", false), true, 403},
        Case{"command on a public address, foreign Host", public_open, post("model.example"), true, 403},
        Case{"command with no token given", local_token, post("localhost"), true, 401},
        Case{"command with a wrong token", local_token, post("localhost", "", wrong), true, 401},
        Case{"command with half a token", local_token, post("localhost", "", std::string_view(right).substr(0, 20)), true, 401},
        Case{"command with an empty token", local_token, post("localhost", "", "Bearer "), true, 401},
        Case{"command with the token", local_token, post("localhost", "", right), true, 0},
        Case{"command with the token from afar", public_token, post("model.example", "", right, false), true, 0},
        Case{"command with the token, foreign Origin", public_token, post("model.example", "https://evil.example", right), true, 403}));

TEST(LoopbackName, IsThisMachineOnly) {
  for (const auto* name : {"localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:9464"}) {
    EXPECT_TRUE(is_loopback_name(name)) << name;
  }
  for (const auto* name : {"", "evil.example", "127.evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1", "[::2]",
                           "[::1]evil", "0.0.0.0"}) {
    EXPECT_FALSE(is_loopback_name(name)) << name;
  }
}

}  // namespace
}  // namespace rekindle
