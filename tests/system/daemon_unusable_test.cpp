// Records that cannot be learned: kept, counted, and a stop where there are too many.
#include <gmock/gmock.h>

#include <array>
#include <set>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"
#include "tests/unit/metrics/exposition.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class TooMany : public DaemonTest {
 protected:
  // What `run` exits with, having said so; the number of dead letters is within bounds.
  static Outcome refused(const Deployment& deployment) {
    auto outcome = run(command_line("run", deployment));
    EXPECT_EQ(outcome.status.code, 65) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("too many records cannot be learned"), HasSubstr("source.on_error_limit")));
    EXPECT_LE(consume_all(broker().address(), topic_name("samples") + ".dead").size(), 1000U);
    return outcome;
  }
};

TEST_F(TooMany, WithAMisspeltFeatureStopBeforeTheirPositionIsSaved) {
  const auto deployment = deploy(drifting_stream(10'000)).with({R"(schema.features=["x0","xx1"])", "checkpoint.every=20ms"});
  EXPECT_THAT(
      refused(deployment).err,
      HasSubstr("missing_field (51 of the last 51 records are unusable; most often: field \"xx1\" is missing; did you mean \"x1\"?"));
  EXPECT_THAT(checkpoints_in(deployment.state), IsEmpty());
  EXPECT_EQ(broker().committed(topic_name("samples"), topic_name("samples"), 0), std::nullopt);
}

TEST_F(TooMany, WithAMisspeltLabelStopBeforeTheirPositionIsSaved) {
  const auto deployment = deploy(drifting_stream(10'000)).with({"schema.label=target", "checkpoint.every=20ms"});
  EXPECT_THAT(refused(deployment).err, AllOf(HasSubstr("missing_label (51 of the last 51"), HasSubstr("field \"target\" is missing")));
  EXPECT_THAT(checkpoints_in(deployment.state), IsEmpty());
}

TEST_F(TooMany, LeaveThePositionOfTheGoodOnesBefore) {
  const auto good = drifting_stream(5000);
  auto bad = drifting_stream(10'000, 8);
  for (auto& line : bad) line = replaced(line, "\"x3\"", "\"x_3\"");
  const auto deployment = deploy(good);
  const auto before = learn_until(deployment, 5000);
  produce_all(broker().address(), topic_name("samples"), bad);
  EXPECT_THAT(refused(deployment).err, HasSubstr("field \"x3\" is missing"));
  EXPECT_EQ(inspect_json(deployment.state), before);
  // Nothing was lost: with the schema put right, all of them are learned.
  const auto corrected = deployment.with({R"(schema.features=["x0","x_3"])"});
  const auto end = learn_until(corrected, 15'000);
  EXPECT_EQ(whole_at(end, "/learned"), 15'000);
}

TEST_F(TooMany, IsOneWhereTheConfigurationSaysStop) {
  auto lines = drifting_stream(3000);
  lines[1300] = "broken";
  const auto deployment = deploy(lines);
  const auto stopped = run(command_line("run", deployment.with({"source.on_error=stop"})));
  EXPECT_EQ(stopped.status.code, 65);
  EXPECT_THAT(stopped.err, HasSubstr(topic_name("samples") + "[0]@1300: not a JSON object"));
  EXPECT_LE(saved_position(deployment.state), 1300);
  const auto end = learn_until(deployment.with({"source.on_error=skip"}), 3000);
  EXPECT_EQ(whole_at(end, "/learned"), 2999);
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
}

struct Fault {
  const char* reason;
  const char* detail;
  std::string (*of)(const std::string& good);
};

const std::array<Fault, 7> faults = {{
    {"undecodable", "not a JSON object", [](const std::string& good) { return good.substr(1); }},
    {"undecodable", "field \"x8\"", [](const std::string& good) { return replaced(good, ",\"x9\"", ";\"x9\""); }},
    {"missing_label", "field \"y\" is missing", [](const std::string& good) { return replaced(good, "\"y\"", "\"z\""); }},
    {"wrong_type", "field \"x4\": expected a number, got a string",
     [](const std::string& good) { return replaced(good, "\"x4\":", "\"x4\":\"high\",\"old\":"); }},
    {"non_finite", "field \"x5\" is not a finite number",
     [](const std::string& good) { return replaced(good, "\"x5\":", "\"x5\":NaN,\"old\":"); }},
    {"non_finite", "field \"x6\" is not a finite number",
     [](const std::string& good) { return replaced(good, "\"x6\":", "\"x6\":1e999,\"old\":"); }},
    {"too_large", "bytes, at most 1000 are taken",
     [](const std::string& good) { return replaced(good, "{", "{\"note\":\"" + std::string(900, 'n') + "\","); }},
}};

class DeadLetterRecords : public DaemonTest {
 protected:
  // Ten good records, then a bad one, and so on.
  void SetUp() override {
    DaemonTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (auto& line : drifting_stream(11'000)) {
      const auto i = sent_.size();
      Record record{
          .key = "key " + std::to_string(i), .value = std::move(line), .headers = {{"trace", std::to_string(i)}, {"flag", std::nullopt}}};
      if (i % 11 == 10) record.value = fault_at(i).of(*record.value);
      if (i % 55 == 10) record.key.reset();
      sent_.push_back(std::move(record));
    }
    deployment_ = deploy({}).with({"source.on_error_limit='50% of 1000'", "source.max_record_bytes=1000", "checkpoint.every=50ms"});
    produce_all(broker().address(), topic_name("samples"), sent_);
  }
  static const Fault& fault_at(std::size_t offset) { return faults.at(offset / 11 % faults.size()); }
  [[nodiscard]] std::vector<Record> letters() const { return consume_all(broker().address(), topic_name("samples") + ".dead"); }
  [[nodiscard]] std::vector<std::string> sent_values() const {
    std::vector<std::string> values;
    for (const auto& record : sent_) values.push_back(*record.value);
    return values;
  }

  std::vector<Record> sent_;
  Deployment deployment_;
};

TEST_F(DeadLetterRecords, AreEveryUnusableRecordUnchangedWithItsReason) {
  const auto saved = learn_until(deployment_, 11'000);
  const auto all = letters();
  ASSERT_EQ(all.size(), 1000U);
  std::size_t offset = 10;
  for (const auto& letter : all) {
    SCOPED_TRACE(offset);
    const auto& original = sent_.at(offset);
    const auto& fault = fault_at(offset);
    EXPECT_EQ(letter.key, original.key);
    EXPECT_EQ(letter.value, original.value);
    ASSERT_EQ(letter.headers.size(), 7U);
    EXPECT_EQ(letter.headers[0], original.headers[0]);
    EXPECT_EQ(letter.headers[1], original.headers[1]);
    EXPECT_EQ(letter.header("rekindle.error.topic"), topic_name("samples"));
    EXPECT_EQ(letter.header("rekindle.error.partition"), "0");
    EXPECT_EQ(letter.header("rekindle.error.offset"), std::to_string(offset));
    EXPECT_EQ(letter.header("rekindle.error.reason"), fault.reason);
    EXPECT_THAT(letter.header("rekindle.error.detail"), HasSubstr(fault.detail));
    offset += 11;
  }
  EXPECT_EQ(whole_at(saved, "/learned"), 10'000);
  EXPECT_EQ(text_at(saved, "/state_hash"), text_at(replayed(deployment_, sent_values()), "/state_hash"));
}

TEST_F(DeadLetterRecords, AddUpInTheMetrics) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(11'000)) << daemon.log();
  const auto metrics = read_exposition(daemon.get("/metrics").body);
  EXPECT_THAT(metrics.problems, IsEmpty());
  EXPECT_EQ(metrics.at("rekindle_samples_total{outcome=\"learned\"}"), 10'000);
  EXPECT_EQ(metrics.at("rekindle_samples_total{outcome=\"rejected\"}"), 1000);
  std::map<std::string, double> expected;
  for (std::size_t offset = 10; offset < sent_.size(); offset += 11) ++expected[fault_at(offset).reason];
  double sum = 0;
  for (const auto& [sample, value] : metrics.values) sum += sample.starts_with("rekindle_dead_letters_total{") ? value : 0;
  EXPECT_EQ(sum, 1000);
  for (const auto& [reason, count] : expected)
    EXPECT_EQ(metrics.at("rekindle_dead_letters_total{reason=\"" + reason + "\"}"), count) << reason;
  EXPECT_THAT(daemon.log(),
              AllOf(HasSubstr("event=record_rejected topic=" + topic_name("samples") + " partition=0 offset=10 reason=undecodable"),
                    HasSubstr("then=\"dead letter\"")));
}

TEST_F(DeadLetterRecords, AreNotWrittenWhereTheConfigurationSaysSkip) {
  const auto saved = learn_until(deployment_.with({"source.on_error=skip"}), 11'000);
  EXPECT_EQ(whole_at(saved, "/learned"), 10'000);
  EXPECT_THROW(static_cast<void>(letters()), std::runtime_error);  // There is no such topic.
}

}  // namespace
}  // namespace rekindle::system_test
