#include "app/session.hpp"

#include <gmock/gmock.h>

#include "app/decode_ahead.hpp"
#include "app/toml.hpp"
#include "connectors/file/line_source.hpp"
#include "http/json_text.hpp"
#include "support/learners.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;

Configuration configuration(const std::string& more = "") {
  Diagnostics diagnostics;
  auto out = check_configuration(
      read_toml_text("[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n" + more, "r.toml", diagnostics), "r.toml",
      diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

// Takes one record; the reason when it was not learned, "" when it was.
std::string take(Session& session, const std::string& json) {
  const std::string padded = json + std::string(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded).substr(0, json.size());
  const auto taken = session.take(record);
  EXPECT_TRUE(taken) << taken.error().message;
  return *taken ? "" : std::string(to_string(session.rejection().reason));
}

TEST(Session, FindsTheFeaturesInTheFirstUsableRecord) {
  Session session(configuration());
  EXPECT_EQ(take(session, "junk"), "undecodable");
  EXPECT_EQ(take(session, R"({"a":1,"b":2})"), "missing_label");
  EXPECT_EQ(take(session, R"({"a":1e999,"y":1})"), "non_finite");
  EXPECT_EQ(session.learner(), nullptr);
  EXPECT_EQ(session.rejected_early(), 3U);
  EXPECT_EQ(take(session, R"({"a":1,"b":2,"y":1})"), "");
  ASSERT_NE(session.learner(), nullptr);
  EXPECT_THAT(session.learner()->features(), ElementsAre("a", "b"));
  EXPECT_EQ(session.learner()->counters().samples, 4U);
  EXPECT_EQ(session.learner()->counters().rejected, 3U);
  EXPECT_EQ(take(session, R"({"a":1,"y":1})"), "missing_field");
  EXPECT_EQ(session.learner()->counters().rejected, 4U);
}

TEST(Session, CountsALabelThatIsNoClass) {
  Session session(configuration("classes = [\"no\", \"yes\"]\n"));
  EXPECT_EQ(take(session, R"({"a":1,"y":"yes"})"), "");
  EXPECT_EQ(take(session, R"({"a":1,"y":"maybe"})"), "unknown_class");
  EXPECT_EQ(session.learner()->counters().rejected, 1U);
}

// What is wrong with a command that comes as a record, or what it was.
std::string command(Session& session, const std::string& header, const std::string& payload = "") {
  const std::string padded = payload + std::string(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded).substr(0, payload.size());
  record.control = header;
  const auto taken = session.take(record);
  EXPECT_TRUE(taken) << taken.error().message;
  if (!*taken) return session.rejection().detail;
  return json_text(to_json(*session.took_command()));
}

TEST(Session, ObeysCommandsThatComeAsRecordsAndCountsThemNot) {
  Session session(configuration("[optimizer]\ntype = \"sgd\"\n"));
  EXPECT_EQ(command(session, "note?text=before"), R"({"action":"note","text":"before"})");
  EXPECT_EQ(command(session, "reset"), "nothing has been learned yet");
  EXPECT_EQ(take(session, R"({"a":1,"y":1})"), "");
  EXPECT_EQ(session.took_command(), nullptr);
  const auto before = session.learner()->state_hash();
  EXPECT_EQ(command(session, "note", R"({"text":"a"})"), R"({"action":"note","text":"a"})");
  EXPECT_EQ(session.learner()->state_hash(), before) << "a remark changes nothing";
  EXPECT_EQ(command(session, "pin", R"({"lr":0.25})"), R"({"action":"pin","lr":0.25})");
  EXPECT_EQ(session.learner()->lr(), 0.25);
  EXPECT_EQ(command(session, "pin?lr=0.5"), R"({"action":"pin","lr":0.5})");
  EXPECT_EQ(command(session, "restart"), R"({"action":"restart"})");
  EXPECT_EQ(session.learner()->counters().restarts_total(), 1U);
  EXPECT_EQ(session.learner()->counters().samples, 1U);
  EXPECT_EQ(session.learner()->counters().rejected, 0U);
}

TEST(Session, SaysWhatIsWrongWithACommand) {
  Session session(configuration());
  EXPECT_EQ(take(session, R"({"a":1,"y":1})"), "");
  EXPECT_EQ(command(session, ""), "there is no command \"\"");
  EXPECT_EQ(command(session, "rstart"), "there is no command \"rstart\"");
  EXPECT_EQ(command(session, "pause"), "\"pause\" is no command for the stream");
  EXPECT_EQ(command(session, "pin"), "pin needs a \"lr\", such as {\"lr\": 2}");
  EXPECT_EQ(command(session, "pin", "{"), "the body must be a JSON object");
  EXPECT_EQ(command(session, "pin?rate=2"), "pin takes no \"rate\"");
  EXPECT_EQ(command(session, "note", R"({"text":3})"), "\"text\" must be a text");
  EXPECT_EQ(command(session, "note", "{\"text\":\"" + std::string(1001, 'x') + "\"}"), "\"text\" is longer than 1000 bytes");
  EXPECT_EQ(command(session, "rollback"), "there is no response to undo");
  EXPECT_EQ(session.learner()->counters().rejected, 0U);
}

struct Count final : SampleObserver {
  void observed(const Sample& sample, const Outcome& outcome, const Learner& /*learner*/) override {
    ++seen;
    labelled += outcome.labelled ? 1 : 0;
    width = sample.values.size();
  }
  int seen = 0;
  int labelled = 0;
  std::size_t width = 0;
};

TEST(Session, ShowsEverySampleToItsObservers) {
  Session session(configuration());
  Count count;
  session.add_observer(count);
  (void)take(session, R"({"a":1,"b":2,"y":1})");
  (void)take(session, R"({"a":1,"y":1})");
  (void)take(session, R"({"a":1,"b":2,"y":null})");
  EXPECT_EQ(count.seen, 2);
  EXPECT_EQ(count.labelled, 1);
  EXPECT_EQ(count.width, 2U);
}

std::vector<std::string> lines(std::size_t count) {
  LogisticStream stream({.seed = 2, .features = 3});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    stream.next();
    stream.append_json(out.emplace_back());
    if (i % 50 == 7) out.back() = "broken";
  }
  return out;
}

TEST(Session, ResumedAnywhereEndsInTheSameState) {
  const auto records = lines(300);
  Session whole(configuration());
  for (const auto& record : records) (void)take(whole, record);
  for (std::size_t cut = 1; cut < records.size(); cut += 13) {
    Session before(configuration());
    for (std::size_t i = 0; i < cut; ++i) (void)take(before, records[i]);
    Session after(configuration());
    std::vector<std::string> notes;
    ASSERT_TRUE(after.restore(before.learner()->save(), notes));
    EXPECT_THAT(notes, ::testing::IsEmpty());
    for (std::size_t i = cut; i < records.size(); ++i) (void)take(after, records[i]);
    ASSERT_EQ(after.learner()->state_hash(), whole.learner()->state_hash()) << cut;
  }
}

TEST(Session, WaitsForARecordWhereOnlyThatCanTellTheFeatures) {
  Session old(configuration("features = [\"a\"]\n"));
  for (int i = 0; i < 10; ++i) (void)take(old, R"({"a":1,"v":[1,2],"y":1})");
  Session session(configuration("features = [\"a\", \"v\"]\n"));
  std::vector<std::string> notes;
  ASSERT_TRUE(session.restore(old.learner()->save(), notes));
  EXPECT_THAT(notes, ElementsAre("feature v: new, starts at zero with fresh accumulators"));
  EXPECT_EQ(session.learner(), nullptr);
  EXPECT_EQ(take(session, "junk"), "undecodable");
  EXPECT_EQ(take(session, R"({"a":1,"v":[1,2],"y":1})"), "");
  EXPECT_THAT(session.learner()->features(), ElementsAre("a", "v[0]", "v[1]"));
  EXPECT_EQ(session.learner()->counters().learned, 11U);
  EXPECT_EQ(session.learner()->counters().rejected, 1U);
}

TEST(Session, RefusesAStateOfAnotherTask) {
  Session old(configuration());
  (void)take(old, R"({"a":1,"y":1})");
  Diagnostics diagnostics;
  Session session(check_configuration(
      read_toml_text("[source]\ntopic = \"t\"\n[schema]\ntask = \"regression\"\nlabel = \"y\"\n", "r", diagnostics), "r", diagnostics));
  std::vector<std::string> notes;
  const auto status = session.restore(old.learner()->save(), notes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::configuration);
}

TEST(Session, LearnsTheSameFromRecordsDecodedAhead) {
  std::string content;
  for (const auto& line : lines(5000)) content += line + "\n";
  const test::TemporaryFile file(content);
  Session plain(configuration());
  const auto first = make_line_source(file.path());
  ASSERT_TRUE(first->open({}));
  for (bool at_end = false; !at_end;) {
    const auto polled = first->poll(std::chrono::milliseconds(0));
    at_end = polled->at_end;
    for (const auto& record : polled->records) (void)plain.take(record);
  }
  Session ahead(configuration());
  (void)take(ahead, lines(1)[0]);
  const auto source = make_line_source(file.path());
  Position position;
  position.set(file.name(), 0, 1);
  ASSERT_TRUE(source->open(position));
  const auto beside = ahead.another_decoder();
  DecodeAhead decoding(*source, ahead.decoder(), *beside);
  for (bool at_end = false; !at_end;) {
    const auto& batch = decoding.next();
    ASSERT_TRUE(batch.status);
    at_end = batch.at_end;
    for (std::size_t i = 0; i < batch.size; ++i) (void)ahead.take(batch.records[i]);
  }
  EXPECT_EQ(ahead.learner()->counters().samples, 5000U);
  EXPECT_EQ(ahead.learner()->state_hash(), plain.learner()->state_hash());
}

TEST(ErrorBudget, IsExceededByMoreThanItsShareOfTheLastRecords) {
  ErrorBudget budget({0.1, 20});
  for (int i = 0; i < 2; ++i) budget.count(true, {});
  EXPECT_FALSE(budget.exceeded());
  budget.count(true, {});
  EXPECT_TRUE(budget.exceeded());
  for (int i = 0; i < 18; ++i) budget.count(false, {});
  EXPECT_EQ(budget.bad(), 2U);
  EXPECT_FALSE(budget.exceeded()) << "the first one is forgotten";
}

TEST(ErrorBudget, NamesTheCommonestReason) {
  ErrorBudget budget({0.5, 100});
  EXPECT_EQ(budget.worst(), "none");
  budget.count(true, {RejectReason::undecodable, "", "broken"});
  for (int i = 0; i < 3; ++i) budget.count(true, {RejectReason::missing_field, "price", fmt::format("no price {}", i)});
  budget.count(false, {});
  EXPECT_EQ(budget.worst(), "missing_field (4 of the last 5 records are unusable; most often: no price 2)");
}

}  // namespace
}  // namespace rekindle
