#include "checkpoint/file_form.hpp"
#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

Checkpoint version_1_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.sequence = 3;
  checkpoint.created_ms = 1'700'000'000'000;
  checkpoint.position.set("samples", 0, 1000);
  checkpoint.position.set("samples", 1, 2000);
  checkpoint.configuration = "[model]\n";
  checkpoint.summary = {{"lr", "0.1"}, {"samples", "3000"}};
  checkpoint.sections.push_back({"learner", bytes_of("weights")});
  checkpoint.sections.push_back({"detectors", {}});
  return checkpoint;
}

// As written on the day that version 1 was fixed. Files like it are on people's disks.
constexpr std::string_view version_1_file =
    "52454b494e444c45010000007b00000054b1dae17fd0602008031080d095ffbc311a0c0a0773616d706c657318e8071a0e0a"
    "0773616d706c6573100118d00f22085b6d6f64656c5d0a2a090a026c721203302e312a0f0a0773616d706c65731204333030"
    "3032160a076c6561726e65721007180721713cf53f5794cc0632140a096465746563746f727321c294d3380580062d776569"
    "67687473";

TEST(CheckpointGolden, AFileOfVersion1Loads) {
  const auto loaded = decode_checkpoint(from_hex(version_1_file));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(as_text(*loaded), as_text(version_1_checkpoint()));
}

// When this fails, the form has changed: raise the version, and keep reading the file above.
TEST(CheckpointGolden, WhatIsWrittenIsStillVersion1) {
  ASSERT_EQ(newest_version, 1U);
  EXPECT_EQ(to_hex(encode_checkpoint(version_1_checkpoint())), version_1_file);
}

}  // namespace
}  // namespace rekindle
