// A batch that is decoded by two threads: each record in its place, as one thread decodes it, wherever one begins, passes over or stops.
#include "app/decode_beside.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <deque>
#include <random>

#include "connectors/decode/registry.hpp"

namespace rekindle {
namespace {

// JSON with an id that has to be unescaped, each with a text of its own; every tenth is no sample.
class DecodedBeside : public testing::Test {
 protected:
  DecodedBeside() {
    schema_.label = "y";
    schema_.id = "id";
    schema_.features = {"a"};
  }

  [[nodiscard]] std::unique_ptr<Decoder> decoder() const {
    auto made = find_row(formats(), "json")->make(schema_, {});
    made->set_layout(schema_.features);
    return made;
  }

  std::span<const RawRecord> batch(std::size_t size, std::size_t padding = 0) {
    texts_.clear();
    records_.clear();
    for (std::size_t i = 0; i < size; ++i) {
      const auto label = count_ % 10 == 9 ? "" : fmt::format(",\"y\":{}", count_ % 2);
      const auto text = fmt::format("{{\"id\":\"n\\u006f {}\",\"a\":{}{}{}}}", count_, count_, label, std::string(padding, ' '));
      texts_.push_back(text + std::string(payload_padding, ' '));
      RawRecord record;
      record.topic = "t";
      record.offset = static_cast<std::int64_t>(count_++);
      record.payload = std::string_view(texts_.back()).substr(0, text.size());
      records_.push_back(record);
    }
    return records_;
  }

  // It is the one of this place.
  static void expect_is(const DecodedRecord& decoded, const RawRecord& raw) {
    EXPECT_EQ(decoded.offset, raw.offset);
    const bool good = raw.offset % 10 != 9;
    ASSERT_EQ(decoded.usable, good);
    if (!good) {
      EXPECT_EQ(decoded.why.reason, RejectReason::missing_label);
      return;
    }
    EXPECT_EQ(decoded.sample.id, fmt::format("no {}", raw.offset));
    EXPECT_EQ(decoded.sample.values[0], static_cast<double>(raw.offset));
    EXPECT_EQ(decoded.sample.label.number, static_cast<double>(raw.offset % 2));
  }

  Schema schema_;
  std::deque<std::string> texts_;
  std::vector<RawRecord> records_;
  std::size_t count_ = 0;
};

TEST_F(DecodedBeside, EachRecordIsInItsPlace) {
  const auto here = decoder();
  DecodeBeside beside(*here, decoder(), 1);
  DecodedRecord mine;
  std::size_t found = 0;
  std::size_t ahead = 0;
  // The thread may have to wait for a processor.
  for (int round = 0; round < 200 || (found < 1000 && round < 100'000); ++round) {
    const auto records = batch(512);
    beside.begin(records);
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto* decoded = beside.find(i);
      found += decoded != nullptr ? 1 : 0;
      if (decoded == nullptr) decode(*here, records[i], mine);
      expect_is(decoded == nullptr ? mine : *decoded, records[i]);
      const auto* next = decoded == nullptr ? nullptr : beside.peek(i + 1);
      ahead += next != nullptr ? 1 : 0;
      if (next != nullptr) expect_is(*next, records[i + 1]);
    }
    EXPECT_EQ(beside.peek(records.size()), nullptr);
    beside.finish();
  }
  EXPECT_GE(2 * ahead, found) << "most of what is decoded is seen ahead";
  EXPECT_GE(found, 1000U) << "the thread has hardly decoded anything";
}

TEST_F(DecodedBeside, RecordsArePassedOverAndBatchesLeftInTheMiddle) {
  const auto here = decoder();
  DecodeBeside beside(*here, decoder(), 1);
  std::minstd_rand random(7);
  for (int round = 0; round < 500; ++round) {
    const auto records = batch(1 + random() % 600);
    const auto end = random() % 3 == 0 ? random() % records.size() : records.size();
    beside.begin(records);
    for (std::size_t i = random() % 100; i < end; i += 1 + random() % 40) {
      if (const auto* decoded = beside.find(i); decoded != nullptr) expect_is(*decoded, records[i]);
    }
    beside.finish();
  }
}

TEST_F(DecodedBeside, IsNotWorthItForAFewNorForWhatIsLarge) {
  const auto here = decoder();
  DecodeBeside beside(*here, decoder(), 1);
  const auto expect_left = [&](DecodeBeside& to, std::span<const RawRecord> records) {
    to.begin(records);
    for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(to.find(i), nullptr);
    to.finish();
  };
  expect_left(beside, batch(DecodeBeside::worth_it - 1));
  expect_left(beside, batch(200, std::size_t{40} << 10));
  DecodeBeside wide(*here, decoder(), std::size_t{1} << 20);
  expect_left(wide, batch(200));
}

TEST_F(DecodedBeside, EndsWhileABatchIsDecoded) {
  for (int i = 0; i < 50; ++i) {
    const auto here = decoder();
    DecodeBeside beside(*here, decoder(), 1);
    beside.begin(batch(512));
  }
}

}  // namespace
}  // namespace rekindle
