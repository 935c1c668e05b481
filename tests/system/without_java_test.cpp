// What the tests that need a broker do where there can be none: CI must not be green without them.
#include <gmock/gmock.h>

#include "tests/system/support/process.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class WithoutJava : public testing::Test {
 protected:
  // A test of a daemon, in an environment with a shell and no Java.
  [[nodiscard]] Outcome tested(const std::string& ci) const {
    for (const auto* tool : {"sh", "dirname"}) {
      if (!std::filesystem::exists(tools_ / tool)) std::filesystem::create_symlink(std::string("/usr/bin/") + tool, tools_ / tool);
    }
    return run({REKINDLE_BROKER_TEST, "--gtest_filter=Learning.GoesOnWithWhatComesLater"},
               {.environment = {{"PATH", tools_.path().string()}, {"CI", ci}}, .folder = {}, .input = {}});
  }

 private:
  TemporaryFolder tools_;
};

TEST_F(WithoutJava, BrokerTestsAreSkippedWithTheReason) {
  const auto done = tested("");
  EXPECT_EQ(done.status.code, 0);
  EXPECT_THAT(done.out, AllOf(HasSubstr("SKIPPED: no Kafka broker: no java: "), Not(HasSubstr("FAILED"))));
}

TEST_F(WithoutJava, BrokerTestsFailInCi) {
  const auto done = tested("true");
  EXPECT_EQ(done.status.code, 1);
  EXPECT_THAT(done.out, AllOf(HasSubstr("no Kafka broker: no java: "), HasSubstr("FAILED"), Not(HasSubstr("SKIPPED"))));
}

}  // namespace
}  // namespace rekindle::system_test
