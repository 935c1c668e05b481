// Linked into the test programs by survey.py: which constant or comparison is switched, and what each test reaches.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

#include "mutation/switch.hpp"

namespace survey {

int active = -1;
unsigned char reached[most_switches];

namespace {

// Before any other static object is made: those read constants too.
[[gnu::constructor(101)]] void read_active() {
  if (const char* text = std::getenv("SURVEY_SWITCH")) active = std::atoi(text);
}

void write_reached(const std::string& test, long long milliseconds) {
  const char* path = std::getenv("SURVEY_REACHED");
  if (path == nullptr) return;
  std::FILE* file = std::fopen(path, "a");
  if (file == nullptr) std::abort();
  std::fprintf(file, "%s %lld", test.c_str(), milliseconds);
  for (int id = 0; id < most_switches; ++id) {
    if (reached[id] != 0) std::fprintf(file, " %d", id);
  }
  std::fprintf(file, "\n");
  std::fclose(file);
}

class Listener final : public testing::EmptyTestEventListener {
  void OnTestProgramStart(const testing::UnitTest&) override { write_reached("-", 0); }
  void OnTestStart(const testing::TestInfo&) override { std::fill(std::begin(reached), std::end(reached), 0); }
  void OnTestEnd(const testing::TestInfo& test) override {
    write_reached(std::string(test.test_suite_name()) + "." + test.name(), test.result()->elapsed_time());
  }
};

[[maybe_unused]] const bool listens = (testing::UnitTest::GetInstance()->listeners().Append(new Listener), true);

}  // namespace
}  // namespace survey
