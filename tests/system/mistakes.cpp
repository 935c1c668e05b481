#include "tests/system/mistakes.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/system/support/program.hpp"

namespace rekindle::system_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string configuration_of(const std::string& brokers, const std::string& topic) {
  return "[source]\ntopic = \"" + topic + "\"\n[kafka]\nbrokers = \"" + brokers + "\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n";
}

Outcome make(const Mistake& mistake) {
  TemporaryFolder folder;
  write_file(folder / "rekindle.toml", mistake.configuration);
  write_file(folder / "samples.jsonl", mistake.samples);
  write_file(folder / "password", "cleartext-canary\n");
  write_file(folder / "empty", "");
  write_file(folder / "binary", std::string("\x7f"
                                            "ELF\0\1\2\3\n",
                                            9));
  std::filesystem::create_directory(folder / "folder");
  Arguments command = {program()};
  command.insert(command.end(), mistake.arguments.begin(), mistake.arguments.end());
  return run(command, {.environment = {}, .folder = folder.path(), .input = {}});
}

void expect_all(const std::vector<Mistake>& table) {
  for (const auto& mistake : table) {
    const auto done = make(mistake);
    const auto what = testing::PrintToString(mistake.arguments) + "\n" + mistake.configuration;
    EXPECT_EQ(done.status.signal, 0) << what;
    EXPECT_EQ(done.status.code, mistake.code) << what << done.err;
    EXPECT_THAT(done.out, IsEmpty()) << what;
    EXPECT_THAT(done.err, HasSubstr(mistake.line)) << what;
    EXPECT_THAT(done.err, AllOf(Not(HasSubstr("internal error")), Not(HasSubstr("terminate")), Not(HasSubstr("what()")))) << what;
    EXPECT_THAT(done.err, Not(HasSubstr("canary"))) << what;
    // A daemon's log goes there too.
    const bool logs = !mistake.arguments.empty() && mistake.arguments[0] == "run";
    EXPECT_LE(std::ranges::count(done.err, '\n'), logs ? 12 : 4) << what << done.err;
  }
}

}  // namespace rekindle::system_test
