#include "connectors/kafka/state_records.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

namespace rekindle::kafka {
namespace {

using testing::HasSubstr;

const std::string topic = "state";
constexpr std::size_t several_pieces = 2'000'000;

std::vector<std::byte> state_of(std::size_t size, int content) { return {size, static_cast<std::byte>(content)}; }

StateNumbers numbers_of(const OutputRecord& record) {
  const auto number = [&](std::string_view name) -> std::uint64_t {
    for (const auto& header : record.headers)
      if (header.name == name) return std::strtoull(header.value->c_str(), nullptr, 10);
    return 0;
  };
  return {number("rekindle.sequence"), number("rekindle.pieces"), number("rekindle.bytes"), number("rekindle.checksum")};
}

void take(StateRecords& reader, const OutputRecord& record) {
  reader.take(*record.key, std::as_bytes(std::span(record.value.value_or(""))), numbers_of(record));
}

// What a reader makes of the first `count` records; as one who then looks.
Result<std::optional<StoredState>> after(const OutputBatch& batch, std::size_t count, const std::string& name = "model") {
  StateRecords reader(topic, name);
  for (std::size_t i = 0; i < count; ++i) take(reader, batch.record(i));
  return reader.whole();
}

TEST(StateRecords, AReaderWhoComesWhileAStateIsWrittenSeesTheOneBefore) {
  OutputBatch batch;
  StateRecords writer(topic, "model");
  const std::vector<std::vector<std::byte>> states = {state_of(several_pieces, 1), state_of(2 * several_pieces, 2), state_of(100, 3),
                                                      state_of(several_pieces, 4)};
  std::vector<std::size_t> whole_at;
  for (const auto& state : states) {
    writer.add_to(batch, whole_at.size() + 1, state);
    whole_at.push_back(batch.size());
  }
  ASSERT_EQ(whole_at[0], 4U) << "three pieces and the last record";
  std::size_t newest = 0;
  for (std::size_t count = 0; count <= batch.size(); ++count) {
    if (newest < states.size() && count == whole_at[newest]) ++newest;
    const auto seen = after(batch, count);
    ASSERT_TRUE(seen) << count << ": " << seen.error().message;
    ASSERT_EQ(seen->has_value(), newest > 0) << count;
    if (newest == 0) continue;
    EXPECT_EQ((*seen)->sequence, newest) << count;
    EXPECT_EQ((*seen)->bytes, states[newest - 1]) << count;
  }
}

TEST(StateRecords, WhatIsLeftAfterCompactionIsTheNewest) {
  OutputBatch batch;
  StateRecords writer(topic, "model");
  writer.add_to(batch, 1, state_of(several_pieces, 1));
  writer.add_to(batch, 2, state_of(100, 2));
  std::map<std::string, std::size_t> newest;
  for (std::size_t i = 0; i < batch.size(); ++i) newest[std::string(*batch.record(i).key)] = i;
  StateRecords reader(topic, "model");
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (newest.at(std::string(*batch.record(i).key)) == i) take(reader, batch.record(i));
  const auto seen = reader.whole();
  ASSERT_TRUE(seen && *seen);
  EXPECT_EQ((*seen)->bytes, state_of(100, 2));
}

TEST(StateRecords, PiecesThatAStateHasNoMoreGetTombstonesOnceAlsoByTheNextWriter) {
  OutputBatch batch;
  StateRecords(topic, "model").add_to(batch, 1, state_of(several_pieces, 1));
  StateRecords next(topic, "model");
  for (std::size_t i = 0; i < batch.size(); ++i) take(next, batch.record(i));
  ASSERT_TRUE(next.whole());
  OutputBatch shorter;
  next.add_to(shorter, 2, state_of(100, 2));
  ASSERT_EQ(shorter.size(), 4U);
  EXPECT_EQ(shorter.record(1).key, "piece/1/model");
  EXPECT_FALSE(shorter.record(1).value);
  EXPECT_EQ(shorter.record(2).key, "piece/2/model");
  EXPECT_FALSE(shorter.record(2).value);
  EXPECT_EQ(shorter.record(3).key, "state/model");
  shorter.clear();
  next.add_to(shorter, 3, state_of(100, 3));
  EXPECT_EQ(shorter.size(), 2U);
}

TEST(StateRecords, AnothersRecordsArePassedOver) {
  OutputBatch batch;
  StateRecords(topic, "model").add_to(batch, 1, state_of(100, 1));
  StateRecords(topic, "other/model").add_to(batch, 7, state_of(200, 2));
  for (const auto& [name, sequence] : {std::pair("model", 1U), std::pair("other/model", 7U)}) {
    const auto seen = after(batch, batch.size(), name);
    ASSERT_TRUE(seen && *seen) << name;
    EXPECT_EQ((*seen)->sequence, sequence);
  }
  const auto nobodys = after(batch, batch.size(), "del");
  ASSERT_TRUE(nobodys);
  EXPECT_FALSE(*nobodys);
}

TEST(StateRecords, ADamagedStateIsNamed) {
  OutputBatch batch;
  StateRecords(topic, "model").add_to(batch, 5, state_of(several_pieces, 1));
  StateRecords without(topic, "model");
  for (const std::size_t i : {0U, 2U, 3U}) take(without, batch.record(i));
  const auto missing = without.whole();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::data);
  EXPECT_THAT(missing.error().message, HasSubstr("piece 1 of 3 of state 5 is not there"));

  StateRecords changed(topic, "model");
  for (const std::size_t i : {0U, 1U, 2U}) take(changed, batch.record(i));
  auto numbers = numbers_of(batch.record(3));
  numbers.checksum ^= 1;
  changed.take("state/model", {}, numbers);
  const auto different = changed.whole();
  ASSERT_FALSE(different);
  EXPECT_THAT(different.error().message, HasSubstr("state 5: checksum does not match"));
}

}  // namespace
}  // namespace rekindle::kafka
