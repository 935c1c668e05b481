#include "connectors/file/line_source.hpp"

#include <gmock/gmock.h>

#include <cstring>

#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using test::TemporaryFile;
using ::testing::ElementsAre;
using Lines = std::vector<std::string>;

// Every record as "offset:payload".
Lines read(const TemporaryFile& file, std::int64_t from = 0) {
  const auto source = make_line_source(file.path());
  Position position;
  if (from != 0) position.set(file.name(), 0, from);
  EXPECT_TRUE(source->open(position));
  Lines out;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    EXPECT_TRUE(polled);
    if (!polled) return out;
    at_end = polled->at_end;
    EXPECT_TRUE(at_end || !polled->records.empty()) << "a file never makes one wait";
    for (const auto& record : polled->records) {
      EXPECT_EQ(record.topic, file.name());
      EXPECT_EQ(record.partition, 0);
      // The padding is there to be read.
      char padding[payload_padding];
      std::memcpy(padding, record.payload.data() + record.payload.size(), sizeof padding);
      out.push_back(fmt::format("{}:{}", record.offset, record.payload));
    }
  }
  source->close();
  return out;
}

TEST(LineSource, ReadsLinesOfEveryEnding) {
  const std::pair<const char*, Lines> files[] = {
      {"", {}},
      {"\n", {}},
      {"\n\n\n", {}},
      {"a", {"0:a"}},
      {"a\n", {"0:a"}},
      {"a\nb", {"0:a", "1:b"}},
      {"a\r\nb\r\n", {"0:a", "1:b"}},
      {"a\r\nb\r", {"0:a", "1:b"}},
      {"\r\n", {}},
      {"a\n\n\r\nb\n\n", {"0:a", "3:b"}},
      {" \n", {"0: "}},
  };
  for (const auto& [content, lines] : files) EXPECT_EQ(read(TemporaryFile(content)), lines) << content;
}

TEST(LineSource, StartsAtThePosition) {
  const TemporaryFile file("a\n\nb\nc\n");
  EXPECT_THAT(read(file, 1), ElementsAre("2:b", "3:c"));
  EXPECT_THAT(read(file, 3), ElementsAre("3:c"));
  EXPECT_THAT(read(file, 4), ElementsAre());
  EXPECT_THAT(read(file, 400), ElementsAre());
}

TEST(LineSource, ReadsManyBlocksAndLongLines) {
  std::string content;
  Lines expected;
  Lines lines;
  for (int i = 0; i < 3000; ++i) {
    // Lines of up to 3 MiB, so that some span several reads, and many short ones.
    const std::size_t length = i % 1000 == 500 ? 3'000'000 : static_cast<std::size_t>(1 + i * 37 % 2000);
    lines.emplace_back(length, static_cast<char>('a' + i % 26));
    content += lines.back() + "\n";
    expected.push_back(fmt::format("{}:{}", i, lines.back()));
  }
  const TemporaryFile file(content);
  EXPECT_TRUE(read(file) == expected);
  expected.erase(expected.begin(), expected.begin() + 1501);
  EXPECT_TRUE(read(file, 1501) == expected);
}

TEST(LineSource, KeepsTheLinesThatSomebodyHolds) {
  std::string content;
  Lines expected;
  for (int i = 0; i < 20'000; ++i) {
    expected.push_back(fmt::format("line {}", i * 7919));
    content += expected.back() + "\n";
  }
  const TemporaryFile file(content);
  const auto source = make_line_source(file.path());
  ASSERT_TRUE(source->open({}));
  Lines lines;
  std::vector<std::shared_ptr<const void>> held;
  std::vector<std::string_view> views;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    ASSERT_TRUE(polled);
    at_end = polled->at_end;
    ASSERT_NE(polled->held, nullptr);
    held.push_back(polled->held);
    for (const auto& record : polled->records) views.push_back(record.payload);
  }
  for (const auto view : views) lines.emplace_back(view);
  EXPECT_TRUE(lines == expected);
}

TEST(LineSource, SaysWhereItIs) {
  const TemporaryFile file("a\nb\n");
  const auto source = make_line_source(file.path());
  ASSERT_TRUE(source->open({}));
  Position learned;
  learned.set(file.name(), 0, 1);
  SourceStatus status;
  source->report(learned, status);
  EXPECT_EQ(status.type, "file");
  EXPECT_TRUE(status.connected);
  EXPECT_FALSE(status.caught_up);
  ASSERT_EQ(status.partitions.size(), 1U);
  EXPECT_EQ(status.partitions[0].next, 1);
  while (!source->poll(std::chrono::milliseconds(0))->at_end) {
  }
  source->report(learned, status);
  EXPECT_TRUE(status.caught_up);
}

TEST(LineSource, ReportsAFileThatIsNotThere) {
  const auto source = make_line_source("/nowhere/at/all.jsonl");
  const auto status = source->open({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::data);
  EXPECT_THAT(status.error().message, ::testing::StartsWith("/nowhere/at/all.jsonl: "));
}

}  // namespace
}  // namespace rekindle
