// replay --cache: the same bits, from the decoded samples beside the recording.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

class DecodedCache : public testing::Test {
 protected:
  void SetUp() override {
    deployment_ = write_configuration(folder_.path(), "localhost:1", "samples").with({"source.on_error_limit='90% of 100'"});
    auto lines = drifting_stream(6000);
    for (std::size_t i = 700; i < lines.size(); i += 500) lines[i] = "{\"x\":";  // Not to be decoded.
    write_lines(recording_, lines);
  }

  [[nodiscard]] std::string hash(const Deployment& deployment, const Arguments& more = {}) const {
    const auto result = replay_json(deployment, recording_, more);
    return fmt::format("{} {} {}", text_at(result, "/state_hash"), whole_at(result, "/learned"), whole_at(result, "/rejected"));
  }
  [[nodiscard]] auto time_of_the_file() const { return std::filesystem::last_write_time(cache_); }

  TemporaryFolder folder_;
  Deployment deployment_;
  std::filesystem::path recording_ = folder_ / "samples.jsonl";
  std::filesystem::path cache_ = folder_ / "samples.jsonl.decoded";
};

TEST_F(DecodedCache, ComesToTheSameBitsUnderEveryLearner) {
  const auto plain = hash(deployment_);
  EXPECT_EQ(hash(deployment_, {"--cache"}), plain) << "as it is made";
  const auto made = time_of_the_file();
  EXPECT_EQ(hash(deployment_, {"--cache"}), plain) << "as it is read";
  for (const std::string other : {"learner.mode=single", "drift.policy=restart", "optimizer.type=adagrad"}) {
    EXPECT_EQ(hash(deployment_.with({other}), {"--cache"}), hash(deployment_.with({other}))) << other;
  }
  EXPECT_EQ(hash(deployment_, {"--cache", "--samples", "4321"}), hash(deployment_, {"--samples", "4321"}));
  EXPECT_EQ(time_of_the_file(), made) << "one file for all of them";
}

TEST_F(DecodedCache, IsMadeAnewForAnotherRecordingOrSchema) {
  const auto plain = hash(deployment_, {"--cache"});
  const auto made = time_of_the_file();
  EXPECT_EQ(hash(deployment_.with({"source.max_record_bytes=100000"}), {"--cache"}), plain);
  EXPECT_GT(time_of_the_file(), made) << "other limits, other rejections";
  auto lines = drifting_stream(5000, 9);
  write_lines(recording_, lines);
  const auto other = hash(deployment_);
  EXPECT_NE(other, plain);
  EXPECT_EQ(hash(deployment_, {"--cache"}), other);
}

TEST_F(DecodedCache, CompareReadsItToo) {
  const auto compared = [&](const Arguments& more) {
    auto all = Arguments{"--from", recording_.string(), "--sweep", "drift.policy=none,restart", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    std::string out;
    const auto rows = boost::json::parse(run(command_line("compare", deployment_, all)).out);
    for (const auto& row : rows.as_array())
      out += fmt::format("{} {} {}\n", text_at(row, "/config"), number_at(row, "/loss"), whole_at(row, "/incidents"));
    return out;
  };
  const auto plain = compared({});
  EXPECT_EQ(compared({"--cache"}), plain);
  EXPECT_EQ(compared({"--cache"}), plain);
}

TEST_F(DecodedCache, WhereThereCanBeNoneItIsSaidAndTheRecordsAreDecoded) {
  const auto lines = run(command_line("replay", deployment_, {"--from", recording_.string(), "--cache", "--offset", "100", "--json"}));
  EXPECT_EQ(lines.status.code, 0);
  EXPECT_THAT(lines.err, HasSubstr("without a cache: the decoded samples are read from the first line on only"));
  std::filesystem::create_directory(cache_);  // Nothing can take its place.
  write_file(cache_ / "in the way", "");
  const auto refused = run(command_line("replay", deployment_, {"--from", recording_.string(), "--cache", "--json"}));
  EXPECT_EQ(refused.status.code, 0) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("without a cache: "));
  const auto piped =
      run(command_line("replay", deployment_, {"--from", "-", "--cache", "--json"}), {{}, {}, drifting_stream(50)[0] + "\n"});
  EXPECT_THAT(piped.err, HasSubstr("standard input"));
}

TEST_F(DecodedCache, ADamagedFileIsRefused) {
  (void)hash(deployment_, {"--cache"});
  std::filesystem::resize_file(cache_, std::filesystem::file_size(cache_) - 100);
  const auto done = run(command_line("replay", deployment_, {"--from", recording_.string(), "--cache"}));
  EXPECT_EQ(done.status.code, 65) << done.err;
  EXPECT_THAT(done.err, HasSubstr("samples.jsonl.decoded: damaged"));
}

}  // namespace
}  // namespace rekindle::system_test
