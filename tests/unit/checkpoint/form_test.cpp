#include "checkpoint/file_form.hpp"

#include "base/hash.hpp"
#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;

// A file with this header as it is, right or wrong, and `sections` behind it.
std::string outcome_of(const stored::Header& header, std::size_t sections = 0) {
  auto file = write_head(header);
  file.resize(file.size() + sections);
  return outcome(decode_checkpoint(file));
}

stored::Section* add_section(stored::Header& header, const std::string& name, std::uint64_t raw, std::uint64_t stored) {
  auto* section = header.add_sections();
  section->set_name(name);
  section->set_raw_size(raw);
  section->set_stored_size(stored);
  section->set_checksum(hash64(std::vector<std::byte>(stored < 10'000 ? stored : 0)));
  return section;
}

TEST(CheckpointForm, WhatGoesInComesOut) {
  const auto before = small_checkpoint();
  const auto after = decode_checkpoint(encode_checkpoint(before));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(as_text(*after), as_text(before));
}

TEST(CheckpointForm, AnEmptyCheckpointIsOneToo) {
  const auto after = decode_checkpoint(encode_checkpoint({}));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(as_text(*after), as_text({}));
}

TEST(CheckpointForm, EqualCheckpointsAreEqualBytes) {
  EXPECT_EQ(encode_checkpoint(small_checkpoint()), encode_checkpoint(small_checkpoint()));
}

TEST(CheckpointForm, CompressesOnlyWhatGetsSmaller) {
  Checkpoint checkpoint;
  checkpoint.sections.push_back({"short", std::vector<std::byte>(255)});
  checkpoint.sections.push_back({"noise", noise(5000)});
  checkpoint.sections.push_back({"zeros", std::vector<std::byte>(1 << 20)});
  const auto file = encode_checkpoint(checkpoint);
  const auto head = read_head(file);
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->header.sections(0).stored_size(), 255U);
  EXPECT_EQ(head->header.sections(1).stored_size(), 5000U);
  EXPECT_LT(head->header.sections(2).stored_size(), 1000U);
  EXPECT_EQ(outcome(decode_checkpoint(file)), "ok");
}

TEST(CheckpointForm, CompressesFrom256BytesOn) {
  Checkpoint checkpoint;
  checkpoint.sections.push_back({"zeros", std::vector<std::byte>(256)});
  const auto file = encode_checkpoint(checkpoint);
  const auto head = read_head(file);
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_LT(head->header.sections(0).stored_size(), 100U);
}

// From far too many bytes by a byte a time to far fewer: where the compressed ones are as many as the others, nobody could tell them apart.
TEST(CheckpointForm, WhateverCompressionGainsItComesBack) {
  Checkpoint checkpoint;
  for (std::size_t zeros = 0; zeros < 64; ++zeros) {
    auto bytes = noise(400, 5);
    std::fill_n(bytes.begin(), zeros, std::byte{0});
    checkpoint.sections.push_back({fmt::format("{}-zeros", zeros), std::move(bytes)});
  }
  const auto file = encode_checkpoint(checkpoint);
  const auto after = decode_checkpoint(file);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(as_text(*after), as_text(checkpoint));
  const auto head = read_head(file);
  EXPECT_EQ(head->header.sections(0).stored_size(), 400U);
  EXPECT_LT(head->header.sections(63).stored_size(), 400U);
}

TEST(CheckpointForm, FindsASectionByName) {
  const auto checkpoint = small_checkpoint();
  ASSERT_NE(checkpoint.find("noise"), nullptr);
  EXPECT_EQ(checkpoint.find("noise")->bytes.size(), 400U);
  EXPECT_EQ(checkpoint.find("nois"), nullptr);
}

TEST(CheckpointForm, ANewerVersionIsNamedWhateverElseIsInTheFile) {
  auto file = encode_checkpoint(small_checkpoint());
  file[8] = std::byte{7};
  const auto text = "format version 7 was written by a newer rekindle; this one reads up to 1";
  EXPECT_EQ(outcome(decode_checkpoint(file)), text);
  file.resize(12);
  EXPECT_EQ(outcome(decode_checkpoint(file)), text);
  EXPECT_EQ(newer_version(file), 7U);
}

TEST(CheckpointForm, OtherFilesAreNotCheckpoints) {
  EXPECT_EQ(outcome(decode_checkpoint({})), "file is empty");
  EXPECT_EQ(outcome(decode_checkpoint(bytes_of("PK"))), "not a checkpoint");
  EXPECT_EQ(outcome(decode_checkpoint(bytes_of("#!/bin/sh, and then a long script"))), "not a checkpoint");
  EXPECT_EQ(outcome(decode_checkpoint(bytes_of("REKINDLE"))), "cut short: 8 bytes, not even the fixed part");
  EXPECT_EQ(outcome(decode_checkpoint(bytes_of("REKINDLE\1"))), "cut short: 9 bytes, not even the fixed part");
}

TEST(CheckpointForm, AHeaderThatClaimsTooMuchIsNotRead) {
  auto file = encode_checkpoint({});
  file[15] = std::byte{0x7f};
  EXPECT_THAT(outcome(decode_checkpoint(file)), HasSubstr("header claims"));
  // 16 MiB may be, but are not there.
  for (const auto at : {12U, 13U, 14U}) file[at] = std::byte{0};
  file[15] = std::byte{1};
  EXPECT_EQ(outcome(decode_checkpoint(file)), "header cut short: 0 of 16777216 bytes are there");
  file[12] = std::byte{1};
  EXPECT_EQ(outcome(decode_checkpoint(file)), "header claims 16777217 bytes, more than 16777216");
}

// A block of zstd is 4 bytes at least and holds 128 KiB at most; what is left of 4 may be one more.
TEST(CheckpointForm, BytesCannotHoldMoreThanSoManyBlocksOfZstd) {
  for (const auto& [stored, blocks] : {std::pair(100U, 26U), std::pair(103U, 26U), std::pair(4U, 2U), std::pair(3U, 1U)}) {
    const std::uint64_t most = std::uint64_t{blocks} * 128 * 1024;
    stored::Header header;
    auto* section = add_section(header, "learner", most, stored);
    EXPECT_THAT(outcome_of(header, stored), testing::Not(HasSubstr("cannot hold"))) << "the bytes are not of zstd";
    section->set_raw_size(most + 1);
    EXPECT_EQ(outcome_of(header, stored), fmt::format("section \"learner\": {} stored bytes cannot hold {}", stored, most + 1));
  }
}

TEST(CheckpointForm, SizesAreCheckedAgainstWhatIsThere) {
  stored::Header header;
  auto* section = add_section(header, "learner", 100, 100);
  EXPECT_EQ(outcome_of(header, 100), "ok");
  EXPECT_EQ(outcome_of(header, 60), "section \"learner\" cut short: 60 of 100 bytes are there");
  EXPECT_EQ(outcome_of(header, 101), "1 bytes too many behind the last section");
  section->set_raw_size(99);
  EXPECT_EQ(outcome_of(header, 100), "section \"learner\": 100 stored bytes cannot hold 99");
  section->set_raw_size(std::uint64_t{1} << 30);
  EXPECT_EQ(outcome_of(header, 100), "section \"learner\": 100 stored bytes cannot hold 1073741824");
  section->set_raw_size(~std::uint64_t{0});
  EXPECT_THAT(outcome_of(header, 100), HasSubstr("the state is larger than 4294967296 bytes"));
}

TEST(CheckpointForm, SizesThatOverflowTogetherAreRefused) {
  stored::Header header;
  add_section(header, "a", max_state_bytes, max_state_bytes);
  add_section(header, "b", max_state_bytes, max_state_bytes);
  EXPECT_THAT(outcome_of(header), HasSubstr("section \"a\" cut short"));
  header.mutable_sections(0)->set_stored_size(0);
  header.mutable_sections(0)->set_raw_size(0);
  header.mutable_sections(1)->set_raw_size(~std::uint64_t{0});
  header.mutable_sections(1)->set_stored_size(~std::uint64_t{0});
  EXPECT_THAT(outcome_of(header), HasSubstr("section \"b\": with it the state is larger"));
}

TEST(CheckpointForm, ASectionThatIsNotZstdIsNamed) {
  stored::Header header;
  add_section(header, "learner", 1000, 10);
  EXPECT_THAT(outcome_of(header, 10), HasSubstr("section \"learner\": "));
}

TEST(CheckpointForm, ACompressedSectionHasToGiveExactlyItsSize) {
  Checkpoint checkpoint;
  checkpoint.sections.push_back({"zeros", std::vector<std::byte>(5000)});
  const auto file = encode_checkpoint(checkpoint);
  for (const std::uint64_t wrong : {4999U, 5001U}) {
    auto head = read_head(file);
    ASSERT_TRUE(head);
    head->header.mutable_sections(0)->set_raw_size(wrong);
    auto changed = write_head(head->header);
    changed.insert(changed.end(), head->sections.begin(), head->sections.end());
    EXPECT_THAT(outcome(decode_checkpoint(changed)), HasSubstr("section \"zeros\": "));
  }
}

TEST(CheckpointForm, NamesAreUniqueAndFitForATerminal) {
  stored::Header header;
  add_section(header, "a", 0, 0);
  add_section(header, "a", 0, 0);
  EXPECT_EQ(outcome_of(header), "section \"a\" is there twice");
  for (const auto& bad : {std::string(), std::string("\x1b[2J"), std::string("a b"), std::string(129, 'a')}) {
    stored::Header other;
    add_section(other, bad, 0, 0);
    EXPECT_EQ(outcome_of(other), "section table: a name is empty, too long or not printable");
  }
  for (const auto& good : {std::string("!"), std::string("~"), std::string(128, 'a')}) {
    stored::Header other;
    add_section(other, good, 0, 0);
    EXPECT_EQ(outcome_of(other), "ok") << good;
  }
}

TEST(CheckpointForm, PositionsAreInOrderAndNotNegative) {
  stored::Header header;
  const auto add = [&](const char* topic, std::int32_t partition, std::int64_t next) {
    auto* position = header.add_positions();
    position->set_topic(topic);
    position->set_partition(partition);
    position->set_next(next);
  };
  add("t", 1, 5);
  EXPECT_EQ(outcome_of(header), "ok");
  add("t", 1, 6);
  EXPECT_EQ(outcome_of(header), "position: partitions are not in order");
  header.mutable_positions(1)->set_partition(2);
  EXPECT_EQ(outcome_of(header), "ok");
  header.mutable_positions(1)->set_next(-1);
  EXPECT_EQ(outcome_of(header), "position: a partition or offset is negative");
}

}  // namespace
}  // namespace rekindle
