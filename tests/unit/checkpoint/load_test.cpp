#include "checkpoint/file_store.hpp"
#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A folder with three good checkpoints.
class Load : public testing::Test {
 protected:
  void SetUp() override {
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
      auto checkpoint = small_checkpoint();
      checkpoint.sequence = sequence;
      write_bytes(path(sequence), encode_checkpoint(checkpoint));
    }
  }
  [[nodiscard]] std::string path(std::uint64_t sequence) const { return folder_ / numbered(sequence); }
  void flip(std::uint64_t sequence, std::size_t at) const {
    auto bytes = read_bytes(path(sequence));
    bytes[at] ^= std::byte{0x10};
    write_bytes(path(sequence), bytes);
  }
  void set_version(std::uint64_t sequence, unsigned char version) const {
    auto bytes = read_bytes(path(sequence));
    bytes[8] = std::byte{version};
    write_bytes(path(sequence), bytes);
  }
  // Which was loaded and every warning, or the error.
  [[nodiscard]] std::string loaded() const {
    const auto result = load_newest(folder_.path());
    if (!result) return fmt::format("{}: {}", static_cast<int>(result.error().code), result.error().message);
    if (!*result) return "nothing";
    auto text = fmt::format("{}", (*result)->checkpoint.sequence);
    for (const auto& warning : (*result)->warnings) text += "\n" + warning;
    return text;
  }

  ScratchFolder folder_;
};

TEST_F(Load, TakesTheNewest) { EXPECT_EQ(loaded(), "3"); }

TEST_F(Load, FallsBackFromAnEmptyFile) {
  write_bytes(path(3), {});
  EXPECT_EQ(loaded(), fmt::format("2\n{} passed over: file is empty", path(3)));
}

TEST_F(Load, FallsBackFromATruncatedFile) {
  std::filesystem::resize_file(path(3), 100);
  EXPECT_THAT(loaded(), StartsWith(fmt::format("2\n{} passed over: header cut short: 76 of ", path(3))));
}

TEST_F(Load, FallsBackFromAFlippedBit) {
  flip(3, std::filesystem::file_size(path(3)) - 1);
  EXPECT_EQ(loaded(), fmt::format("2\n{} passed over: section \"noise\": checksum does not match", path(3)));
}

TEST_F(Load, FallsBackTwice) {
  write_bytes(path(3), {});
  flip(2, 0);
  EXPECT_EQ(loaded(), fmt::format("1\n{} passed over: file is empty\n{} passed over: not a checkpoint", path(3), path(2)));
}

TEST_F(Load, DoesNotLookAtOlderOnes) {
  write_bytes(path(1), {});
  set_version(2, 9);
  EXPECT_EQ(loaded(), "3");
}

TEST_F(Load, RefusesWhenNoneIsGood) {
  write_bytes(path(3), {});
  flip(2, 0);
  std::filesystem::resize_file(path(1), 20);
  EXPECT_EQ(loaded(), fmt::format("65: no checkpoint in {} can be used:\n"
                                  "  {}: file is empty\n"
                                  "  {}: not a checkpoint\n"
                                  "  {}: cut short: 20 bytes, not even the fixed part\n"
                                  "Choose one of: put a good copy of a checkpoint file back; start with --fresh, which keeps these files"
                                  " aside and learns anew; make a checkpoint from a model file with `rekindle import`.",
                                  folder_.path(), numbered(3), numbered(2), numbered(1)));
}

TEST_F(Load, RefusesANewerVersionInsteadOfFallingBack) {
  set_version(3, 7);
  EXPECT_EQ(loaded(), fmt::format("65: {}: format version 7 was written by a newer rekindle; this one reads up to 1. Use that rekindle, or"
                                  " start with --fresh, which keeps the files of {} aside and learns anew.",
                                  path(3), folder_.path()));
  write_bytes(path(4), {});
  EXPECT_THAT(loaded(), HasSubstr("version 7")) << "also behind a damaged one";
}

TEST_F(Load, TakesOneFile) {
  const auto result = load_newest(path(2));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->checkpoint.sequence, 2U);
  EXPECT_EQ((*result)->path, path(2));
}

TEST_F(Load, OneFileHasToVerify) {
  flip(2, 0);
  const auto result = load_newest(path(2));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::data);
  EXPECT_EQ(result.error().message, path(2) + ": not a checkpoint");
}

TEST_F(Load, SaysWhatIsNotThere) {
  const auto result = load_newest(folder_ / "nowhere");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::io);
  EXPECT_EQ(result.error().message, fmt::format("cannot read {}: No such file or directory", folder_ / "nowhere"));
}

TEST_F(Load, DoesNotFollowALinkInPlaceOfACheckpoint) {
  std::filesystem::create_symlink(path(1), path(9));
  EXPECT_EQ(loaded(), "3");
  EXPECT_THAT(outcome(load_newest(path(9))), HasSubstr("symbolic link"));
}

TEST_F(Load, TheFolderMayBeALink) {
  const ScratchFolder other;
  std::filesystem::create_directory_symlink(folder_.path(), other / "state");
  const auto result = load_newest(other / "state");
  EXPECT_TRUE(result && *result);
}

TEST_F(Load, AnEmptyFolderHasNothing) {
  const ScratchFolder empty;
  const auto result = load_newest(empty.path());
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
}

}  // namespace
}  // namespace rekindle
