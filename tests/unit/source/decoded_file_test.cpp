#include "connectors/file/decoded_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "connectors/decode/decoded.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DecodedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("rekindle-decoded-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "a.jsonl.decoded").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Three blocks: a sample with everything, a rejection and a command; a label of its own; two small samples.
  void write() {
    auto writer = DecodedFileWriter::create(path_, "identity");
    ASSERT_TRUE(writer) << writer.error().message;
    Sample sample;
    sample.values = {1.5, missing_value};
    sample.sparse = {{3, 0.5}, {9, -1}};
    sample.categories = {"red", "", "grün"};
    sample.label = {Label::Kind::text, 0, "yes"};
    sample.incumbent = {Label::Kind::number, 2, {}};
    sample.weight = 3;
    sample.offset = -1;
    sample.time_ms = 1234567890123;
    sample.id = "id-1";
    add(**writer, 0, [&](std::string& out) { append_decoded(sample, false, out); });
    add(**writer, 1, [&](std::string& out) { append_rejection({RejectReason::missing_field, "b", "field \"b\" is missing"}, false, out); });
    RawRecord command;
    command.topic = "clicks";
    command.partition = 3;
    command.offset = 2;
    command.control = "pause";
    command.payload = "{}";
    (*writer)->add(command);
    ASSERT_TRUE((*writer)->end_block());
    add(**writer, 3, [&](std::string& out) { append_decoded(sample, true, out); });
    ASSERT_TRUE((*writer)->end_block());
    for (const double x : {1.0, 2.0}) {
      Sample small;
      small.values = {x};
      add(**writer, static_cast<std::int64_t>(3 + x), [&](std::string& out) { append_decoded(small, false, out); });
    }
    ASSERT_FALSE(std::filesystem::exists(path_)) << "not before it is finished";
    ASSERT_TRUE((*writer)->finish());
  }

  template <class Append>
  static void add(DecodedFileWriter& writer, std::int64_t offset, Append append) {
    std::string form;
    append(form);
    RawRecord record;
    record.topic = "a.jsonl";
    record.offset = offset;
    record.payload = form;
    writer.add(record);
  }

  static std::string shown(const RawRecord& record, Decoder& decoder) {
    auto out = fmt::format("{}/{}/{} ", record.topic, record.partition, record.offset);
    if (record.is_control()) return out + fmt::format("{} {}", record.control, record.payload);
    Sample sample;
    Rejection why;
    if (decoder.is_label(record)) out += "label ";
    if (!decoder.decode(record, sample, why)) return out + fmt::format("{} {}: {}", to_string(why.reason), why.field, why.detail);
    for (const auto value : sample.values) out += fmt::format("{} ", value);
    for (const auto& one : sample.sparse) out += fmt::format("{}:{} ", one.index, one.value);
    for (const auto category : sample.categories) out += fmt::format("[{}]", category);
    return out + fmt::format("{}{} {} {} {} {} {}", sample.label.text, sample.label.number, sample.incumbent.number, sample.weight,
                             sample.offset, sample.time_ms, sample.id);
  }

  std::vector<std::string> read(std::uint64_t skip) {
    const auto source = open_decoded_file(path_, "identity", skip);
    if (source == nullptr) return {"none"};
    const auto decoder = make_decoded_decoder();
    std::vector<std::string> all;
    while (true) {
      const auto polled = source->poll(std::chrono::milliseconds(0));
      if (!polled) {
        all.push_back(polled.error().message);
        return all;
      }
      for (const auto& record : polled->records) all.push_back(shown(record, *decoder));
      if (polled->at_end) return all;
    }
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(DecodedFileTest, GivesBackWhatWasDecoded) {
  write();
  const std::string whole = "1.5 nan 3:0.5 9:-1 [red][][grün]yes0 2 3 -1 1234567890123 id-1";
  EXPECT_THAT(read(0), ElementsAre("a.jsonl/0/0 " + whole, "a.jsonl/0/1 missing_field b: field \"b\" is missing", "clicks/3/2 pause {}",
                                   "a.jsonl/0/3 label " + whole, "a.jsonl/0/4 1 0 0 1 0 0 ", "a.jsonl/0/5 2 0 0 1 0 0 "));
}

TEST_F(DecodedFileTest, KeepsTheRecordsThatSomebodyHolds) {
  write();
  const auto source = open_decoded_file(path_, "identity", 0);
  std::vector<RawRecord> records;
  std::vector<std::shared_ptr<const void>> held;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    ASSERT_TRUE(polled);
    at_end = polled->at_end;
    held.push_back(polled->held);
    records.insert(records.end(), polled->records.begin(), polled->records.end());
  }
  std::vector<std::string> all;
  const auto decoder = make_decoded_decoder();
  for (const auto& record : records) all.push_back(shown(record, *decoder));
  EXPECT_EQ(all, read(0));
}

TEST_F(DecodedFileTest, BeginsBehindAnyRecord) {
  write();
  const auto all = read(0);
  for (std::uint64_t skip = 0; skip <= all.size() + 1; ++skip) {
    const std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(skip, all.size())), all.end());
    EXPECT_EQ(read(skip), rest) << skip;
  }
}

TEST_F(DecodedFileTest, IsNoneOfAnotherIdentity) {
  EXPECT_EQ(open_decoded_file(path_, "identity", 0), nullptr) << "there is none";
  write();
  EXPECT_EQ(open_decoded_file(path_, "identitx", 0), nullptr);
  EXPECT_EQ(open_decoded_file(path_, "identity2", 0), nullptr);
  std::ofstream(path_) << "{}\n";
  EXPECT_EQ(open_decoded_file(path_, "identity", 0), nullptr);
}

TEST_F(DecodedFileTest, ADamagedBlockIsNeverRead) {
  write();
  const auto size = std::filesystem::file_size(path_);
  std::string bytes(size, '\0');
  std::ifstream(path_, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(size));
  const auto right = read(0);
  const auto first_block = bytes.find("identity\n") + 9;
  for (std::size_t at = first_block; at < size; at += 7) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    std::ofstream(path_, std::ios::binary).write(damaged.data(), static_cast<std::streamsize>(size));
    const auto found = read(0);
    ASSERT_LE(found.size(), right.size() + 1);
    EXPECT_THAT(found.back(), HasSubstr("damaged")) << at;
  }
}

TEST_F(DecodedFileTest, WhatIsNotFinishedIsTakenAway) {
  { ASSERT_TRUE(DecodedFileWriter::create(path_, "identity")); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_THAT(DecodedFileWriter::create("/nowhere/at/all", "identity").error().message, HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace rekindle
