// memory_limit: what the program takes stays below it, whatever learns and however often the stream drifts.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "tests/support/sanitizers.hpp"
#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

constexpr std::int64_t limit = std::int64_t{256} << 20;
constexpr std::int64_t program = std::int64_t{48} << 20;  // Itself, with its libraries and buffers.

// Thirty of two thousand features a record; the labels turn every 3,000 records, so that challengers and archived champions come.
std::vector<std::string> turning_stream(std::size_t records) {
  std::mt19937 random(3);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < records; ++i) {
    std::string features;
    double sum = 0;
    for (int j = 0; j < 30; ++j) {
      const auto feature = random() % 2000;
      sum += static_cast<double>(feature * 2654435761U % 1000) - 499.5;
      features += fmt::format(" f{}", feature);
    }
    lines.push_back(fmt::format("{} |{}", (sum > 0) == (i / 3000 % 2 == 0) ? 1 : -1, features));
  }
  return lines;
}

struct Case {
  const char* name;
  Arguments settings;
};

// The most hash bits that a configuration is accepted with.
int most_bits(const Deployment& deployment) {
  for (int bits = 28; bits > 10; --bits) {
    const auto checked = run(command_line("check", deployment.with({fmt::format("preprocess.hash_bits={}", bits)})));
    if (checked.status.code == 0) return bits;
    EXPECT_EQ(checked.status.code, 78) << checked.err;
    EXPECT_THAT(checked.err, testing::HasSubstr("do not fit memory_limit"));
  }
  return 0;
}

TEST(MemoryLimit, IsNotExceeded) {
  if (test::sanitized) GTEST_SKIP() << "a sanitizer takes memory of its own";
  TemporaryFolder folder;
  const auto recording = (folder / "samples.vw").string();
  write_lines(recording, turning_stream(15'000));
  const auto deployment = write_configuration(folder.path(), "localhost:1", "samples").with({"source.format=vw", "memory_limit='256 MiB'"});
  const std::vector<Case> cases = {
      {"portfolio", {"learner.mode=portfolio"}},
      {"lite", {"learner.mode=portfolio", "learner.budget=lite"}},
      {"sgd", {"learner.mode=single", "optimizer.type=sgd"}},
      {"adam", {"learner.mode=single", "optimizer.type=adam"}},
      {"adam, f64", {"learner.mode=single", "optimizer.type=adam", "model.precision=float64"}},
      {"adagrad, nothing beside", {"learner.mode=single", "optimizer.type=adagrad", "drift.policy=none", "learner.shadow=false"}},
  };
  for (const auto& [name, settings] : cases) {
    const auto learner = deployment.with(settings);
    const auto bits = most_bits(learner);
    ASSERT_GE(bits, 15) << name;
    const auto saved = (folder / fmt::format("saved-{}", bits)).string();
    const auto done = run(command_line("replay", learner.with({fmt::format("preprocess.hash_bits={}", bits)}),
                                       {"--from", recording, "--checkpoint", saved, "--json"}));
    ASSERT_EQ(done.status.code, 0) << done.err;
    EXPECT_LT(done.status.peak_bytes, limit + program) << name << ", 2^" << bits;
  }
}

}  // namespace
}  // namespace rekindle::system_test
