#include "connectors/generate/generate_source.hpp"

#include <gmock/gmock.h>

#include "connectors/generate/sample_text.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

Choice<GeneratorRow> sea() {
  Table table;
  table.set("type", Value("sea"), {});
  table.set("noise", Value(0.1), {});
  Diagnostics diagnostics;
  auto choice = check_stream(table, "generator", diagnostics);
  EXPECT_NE(choice.row, nullptr);
  return choice;
}

std::vector<std::string> read(std::uint64_t samples, const Position& position = {}) {
  const auto source = make_generate_source(sea(), samples);
  EXPECT_TRUE(source->open(position));
  std::vector<std::string> out;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    EXPECT_TRUE(polled);
    at_end = polled->at_end;
    for (const auto& record : polled->records) out.push_back(fmt::format("{} {}", record.offset, record.payload));
  }
  return out;
}

TEST(GenerateSource, GivesTheRecordsThatTheCommandWrites) {
  DriftingStream stream(sea(), 1300);
  std::vector<std::string> expected;
  for (int i = 0; i < 1300; ++i) {
    std::string text;
    append_json(stream.columns(), stream.next(), text);
    expected.push_back(fmt::format("{} {}", i, text));
  }
  EXPECT_EQ(read(1300), expected);
}

TEST(GenerateSource, GoesOnAtAPosition) {
  Position position;
  position.set("generate", 0, 900);
  const auto all = read(1300);
  EXPECT_EQ(read(1300, position), std::vector<std::string>(all.begin() + 900, all.end()));
  position.set("generate", 0, 1300);
  EXPECT_TRUE(read(1300, position).empty());
}

}  // namespace
}  // namespace rekindle
