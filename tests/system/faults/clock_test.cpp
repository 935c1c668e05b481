// Wall clocks that are wrong, and event times that make no sense: the state is the same.
#include <gmock/gmock.h>

#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

class Clock : public DaemonTest {};

TEST_F(Clock, ThatIsWrongOrJumpsChangesNothingThatIsLearned) {
  const auto lines = drifting_stream(9000);
  const auto deployment = deploy({}).with({"checkpoint.every=50ms"});
  const auto expected = text_at(replayed(deployment, lines), "/state_hash");
  const std::vector<std::string> offsets = {"-2592000", "315360000", "-1700000000"};  // 30 days back, 10 years on, 1970.
  std::int64_t part = 0;
  // One state through all three clocks: each start sees a jump of years.
  for (const auto& offset : offsets) {
    produce_all(broker().address(), topic_name("samples"), slice(lines, part, part + 3000));
    part += 3000;
    ProcessOptions options;
    options.environment = {{"LD_PRELOAD", REKINDLE_SHIM}, {"SHIM_CLOCK", offset}};
    Daemon daemon(deployment, {}, options);
    ASSERT_TRUE(daemon.reaches(part)) << daemon.log();
    EXPECT_EQ(daemon.get("/readyz").status, 200) << daemon.get("/readyz").body;
    EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  }
  EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), expected);
  report_tries("wrong wall clock", static_cast<int>(offsets.size()), "the bits of a replay");
}

TEST_F(Clock, EventTimesOfAnyKindAreNoTrouble) {
  const auto lines = drifting_stream(600);
  const auto deployment = deploy({}).with({"schedule.unit=seconds"});
  std::vector<Record> records;
  const std::vector<std::int64_t> times = {1, 1'700'000'000'000, 9'000'000'000'000'000, 1'600'000'000'000, 4'102'444'800'000};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Record record;
    record.value = lines[i];
    record.timestamp_ms = times[i % times.size()];
    records.push_back(std::move(record));
  }
  produce_all(broker().address(), topic_name("samples"), records);
  const auto end = learn_until(deployment, 600);
  EXPECT_EQ(whole_at(end, "/learned"), 600);
  Daemon again(deployment);
  EXPECT_TRUE(again.says("event=restored")) << again.log();
  EXPECT_EQ(again.stop().code, 0);
  report_tries("event times 0, past, year 287396", 600, "all learned");
}

}  // namespace
}  // namespace rekindle::system_test
