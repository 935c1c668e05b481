#include "app/recording_line.hpp"

#include <gmock/gmock.h>

#include "app/idle_watch.hpp"
#include "connectors/decode/recording.hpp"
#include "connectors/file/line_source.hpp"
#include "connectors/file/packed_file.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using test::TemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Every record as "topic[partition]@offset time key=payload header=value", or the error.
std::vector<std::string> read(const std::string& path, const Position& position = {}, LineOptions options = {}) {
  const auto source = make_recording_source(make_line_source(path, options));
  std::vector<std::string> out;
  EXPECT_TRUE(source->open(position));
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    if (!polled) return {polled.error().message};
    at_end = polled->at_end;
    for (const auto& record : polled->records) {
      auto text = fmt::format("{}[{}]@{} {} {}={}", record.topic, record.partition, record.offset, record.timestamp_ms, record.key,
                              record.tombstone ? "null" : record.payload);
      for (const auto& [name, value] : source->headers_of(record))
        text += fmt::format(" {}={}", name, value.data() == nullptr ? "null" : value);
      if (!record.column_names.empty()) text += fmt::format(" columns {}", record.column_names);
      out.push_back(text);
    }
  }
  return out;
}

RawRecord record(std::string_view payload, std::int64_t offset) {
  RawRecord out;
  out.topic = "t";
  out.partition = 2;
  out.offset = offset;
  out.timestamp_ms = 1700000000000;
  out.payload = payload;
  return out;
}

TEST(Recording, HasTheShapeOfKcat) {
  const std::vector<RecordHeader> headers = {{"h", "v"}};
  auto one = record("{\"y\":1}", 7);
  one.key = "k";
  EXPECT_EQ(
      recording_line(one, headers),
      "{\"topic\":\"t\",\"partition\":2,\"offset\":7,\"tstype\":\"create\",\"ts\":1700000000000,\"headers\":[\"h\",\"v\"],\"key\":\"k\","
      "\"payload\":\"{\\\"y\\\":1}\"}\n");
}

TEST(Recording, ReadsBackWhatWasWrittenWhateverTheBytes) {
  auto plain = record("{\"y\":\"\xc3\xa4\"}", 7);
  plain.key = "k";
  auto tombstone = record({}, 8);
  tombstone.tombstone = true;
  auto binary = record(std::string_view("\0\xff\n\"", 4), 9);
  binary.key = "\xfe";
  auto columns = record("1,2", 10);
  columns.column_names = "a,b";
  const std::vector<RecordHeader> headers = {{"h", "v"}, {"none", {}}};
  const std::vector<RecordHeader> odd = {{"h", "\xff"}};
  const TemporaryFile file(recording_line(plain, headers) + recording_line(tombstone, {}) + recording_line(binary, odd) +
                           recording_line(columns, {}));
  EXPECT_THAT(read(file.path()),
              ElementsAre("t[2]@7 1700000000000 k={\"y\":\"\xc3\xa4\"} h=v none=null", "t[2]@8 1700000000000 =null",
                          std::string("t[2]@9 1700000000000 \xfe=\0\xff\n\" h=\xff", 31), "t[2]@10 1700000000000 =1,2 columns a,b"));
}

TEST(Recording, OfKcatIsRead) {
  const TemporaryFile file(
      "{\"topic\":\"s\",\"partition\":0,\"offset\":3,\"tstype\":\"create\",\"ts\":5,\"broker\":1,\"headers\":[\"a\",\"b\"],\"key\":null,"
      "\"payload\":\"x\"}\n"
      "{\"topic\":\"s\",\"partition\":1,\"offset\":0,\"tstype\":\"unknown\",\"ts\":-1,\"broker\":1,\"key\":\"k\",\"payload\":null}\n");
  EXPECT_THAT(read(file.path()), ElementsAre("s[0]@3 5 =x a=b", "s[1]@0 0 k=null"));
  EXPECT_THAT(read(file.path(), {}, {.header = true}), ElementsAre("s[0]@3 5 =x a=b", "s[1]@0 0 k=null"))
      << "its first line names no columns";
}

TEST(Recording, GoesOnAtAPositionOfItsTopics) {
  const TemporaryFile file(recording_line(record("a", 0), {}) + recording_line(record("b", 1), {}) + recording_line(record("c", 2), {}));
  Position position;
  position.set("t", 2, 1);
  EXPECT_THAT(read(file.path(), position), ElementsAre(StartsWith("t[2]@1"), StartsWith("t[2]@2")));
}

// The payloads of a recording do not lie where its lines do, so they are not held with those.
TEST(Recording, KeepsThePayloadsThatItSaysAreHeld) {
  std::string lines;
  for (std::int64_t i = 0; i < 3'000; ++i) lines += recording_line(record(fmt::format("payload {}", i * 7919), i), {});
  const TemporaryFile file(lines);
  const auto source = make_recording_source(make_line_source(file.path(), {}));
  ASSERT_TRUE(source->open({}));
  std::vector<std::shared_ptr<const void>> held;
  std::vector<std::pair<std::string_view, std::string>> payloads;
  std::size_t records = 0;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    ASSERT_TRUE(polled);
    at_end = polled->at_end;
    records += polled->records.size();
    held.push_back(polled->held);
    for (const auto& one : polled->records) {
      if (polled->held) payloads.emplace_back(one.payload, one.payload);
    }
  }
  EXPECT_EQ(records, 3'000U);
  for (const auto& [view, then] : payloads) EXPECT_EQ(view, then);
}

TEST(Recording, IsNoneWhereTheFirstLineIsASample) {
  const TemporaryFile file("{\"offset\":1,\"y\":2}\nmore\n");
  EXPECT_THAT(read(file.path()), ElementsAre(HasSubstr("={\"offset\":1,\"y\":2}"), HasSubstr("=more")));
}

TEST(Recording, ThatIsDamagedNamesTheLine) {
  const TemporaryFile file(recording_line(record("a", 0), {}) + "{\"topic\":\"t\",\"parti");
  EXPECT_THAT(read(file.path()), ElementsAre(HasSubstr(file.name() + ":2: not a line of a recording")));
}

// simdjson throws where a bool is taken of what is no null and nothing else.
TEST(Recording, WithAMisspeltNullIsNone) {
  for (const char* field : {"\"headers\":[\"h\",nsll]", "\"headers\":nul", "\"key\":nulL"}) {
    const auto line = fmt::format("{{\"topic\":\"t\",\"partition\":0,\"offset\":4,{},\"payload\":\"p\"}}\n", field);
    const TemporaryFile file(line);
    EXPECT_THAT(read(file.path()), ElementsAre(HasSubstr("\"offset\":4"))) << line;
  }
}

TEST(Recording, IsPackedAsItsNameSays) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += recording_line(record(fmt::format("{}", i * i), i), {});
  for (const auto* end : {".jsonl", ".gz", ".zst"}) {
    const auto path = testing::TempDir() + "rekindle_packed" + end;
    auto file = PackedFile::create(path);
    ASSERT_TRUE(file);
    for (std::size_t at = 0; at < text.size(); at += 999) EXPECT_TRUE((*file)->write(std::string_view(text).substr(at, 999)));
    EXPECT_TRUE((*file)->close());
    const auto records = read(path);
    ASSERT_EQ(records.size(), 5000U) << end;
    EXPECT_EQ(records.back(), "t[2]@4999 1700000000000 =24990001");
    std::remove(path.c_str());
  }
}

TEST(IdleWatch, SpeaksOnceInASilenceAtTheEnd) {
  using std::chrono::seconds;
  IdleWatch watch;
  SourceStatus source;
  source.type = "kafka";
  source.connected = true;
  source.caught_up = true;
  const SteadyTime start{};
  EXPECT_FALSE(watch.look(10, source, start));
  EXPECT_FALSE(watch.look(10, source, start + seconds(29)));
  EXPECT_EQ(watch.look(10, source, start + seconds(30)), "nothing to learn for 30 s: the topic is at its end (lag 0)");
  EXPECT_FALSE(watch.look(10, source, start + seconds(90))) << "said once";
  EXPECT_FALSE(watch.look(11, source, start + seconds(100)));
  EXPECT_TRUE(watch.look(11, source, start + seconds(131))) << "a new silence";
  source.caught_up = false;
  EXPECT_FALSE(watch.look(12, source, start + seconds(200)));
  EXPECT_FALSE(watch.look(12, source, start + seconds(300))) << "there is more to come";
}

}  // namespace
}  // namespace rekindle
