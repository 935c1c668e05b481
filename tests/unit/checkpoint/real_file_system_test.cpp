#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "checkpoint/file_system.hpp"
#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t limit = 1 << 20;

class RealFileSystemTest : public testing::Test {
 protected:
  ScratchFolder folder_;
  FileSystem& files_ = real_file_system();
};

TEST_F(RealFileSystemTest, WritesForTheOwnerOnlyAndReadsBack) {
  const auto bytes = noise(300'000);
  ASSERT_TRUE(files_.write_new(folder_ / "a", bytes));
  EXPECT_TRUE(files_.sync_file(folder_ / "a"));
  EXPECT_TRUE(files_.sync_directory(folder_.path()));
  EXPECT_EQ(files_.read(folder_ / "a", limit), bytes);
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(RealFileSystemTest, ReplacesALinkAndNotWhatItPointsTo) {
  write_bytes(folder_ / "precious", bytes_of("precious"));
  std::filesystem::create_symlink(folder_ / "precious", folder_ / "a");
  ASSERT_TRUE(files_.write_new(folder_ / "a", bytes_of("new")));
  EXPECT_EQ(read_bytes(folder_ / "precious"), bytes_of("precious"));
  EXPECT_EQ(read_bytes(folder_ / "a"), bytes_of("new"));
}

TEST_F(RealFileSystemTest, AHardLinkToTheOldFileKeepsTheOldBytes) {
  ASSERT_TRUE(files_.write_new(folder_ / "a", bytes_of("old")));
  std::filesystem::create_hard_link(folder_ / "a", folder_ / "b");
  ASSERT_TRUE(files_.write_new(folder_ / "a", bytes_of("new")));
  EXPECT_EQ(read_bytes(folder_ / "b"), bytes_of("old"));
}

TEST_F(RealFileSystemTest, ReadsOnlyRegularFilesUpToTheLimit) {
  write_bytes(folder_ / "a", noise(100));
  EXPECT_TRUE(files_.read(folder_ / "a", 100));
  EXPECT_THAT(outcome(files_.read(folder_ / "a", 99)), HasSubstr("more than 99"));
  EXPECT_THAT(outcome(files_.read(folder_.path(), limit)), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(outcome(files_.read(folder_ / "pipe", limit)), HasSubstr("not a regular file"));
}

TEST_F(RealFileSystemTest, ListsRegularFilesByName) {
  write_bytes(folder_ / "b", {});
  write_bytes(folder_ / "a", {});
  std::filesystem::create_directory(folder_ / "c");
  std::filesystem::create_symlink(folder_ / "a", folder_ / "d");
  EXPECT_THAT(files_.list(folder_.path()).value(), ElementsAre("a", "b"));
}

TEST_F(RealFileSystemTest, MakesFoldersAboveAndForTheOwnerOnly) {
  const auto deep = folder_ / "x/y/z/";
  EXPECT_TRUE(files_.make_directories(deep));
  EXPECT_TRUE(files_.make_directories(deep)) << "there already";
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "x/y").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(RealFileSystemTest, RemovesAFile) {
  write_bytes(folder_ / "a", {});
  EXPECT_TRUE(files_.remove(folder_ / "a"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

// A daemon that was started without a standard input gets its descriptor for the first file that it opens.
TEST_F(RealFileSystemTest, ADescriptorOfZeroIsOneLikeOthers) {
  const int input = ::dup(STDIN_FILENO);
  ::close(STDIN_FILENO);
  const auto is_free = [] { return ::fcntl(STDIN_FILENO, F_GETFD) < 0; };
  EXPECT_TRUE(files_.write_new(folder_ / "a", bytes_of("new")));
  EXPECT_TRUE(is_free());
  EXPECT_EQ(outcome(files_.sync_file(folder_ / "a")), "ok");
  EXPECT_TRUE(is_free());
  EXPECT_EQ(files_.read(folder_ / "a", limit), bytes_of("new"));
  EXPECT_TRUE(is_free());
  auto lock = files_.lock(folder_ / "lock");
  EXPECT_TRUE(lock);
  EXPECT_FALSE(is_free());
  if (lock) lock->reset();
  EXPECT_TRUE(is_free());
  if (input >= 0) {
    ::dup2(input, STDIN_FILENO);
    ::close(input);
  }
}

TEST_F(RealFileSystemTest, ACallThatSucceedsIsNotMadeAgain) {
  write_bytes(folder_ / "a", bytes_of("old"));
  errno = EINTR;  // Of an earlier call: nobody sets it back.
  EXPECT_TRUE(files_.sync_file(folder_ / "a"));
  errno = 0;
}

// The size of a file of sysfs is a page, whatever is in it: as of a file that was cut short after it was asked for its size.
TEST_F(RealFileSystemTest, ReadsWhatIsThereOfAFileThatIsShorterThanItsSize) {
  const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  const auto content = read_bytes(path);
  if (missing || content.empty() || content.size() >= size) GTEST_SKIP() << "no such file here";
  const auto read = files_.read(path, limit);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, content);
}

TEST_F(RealFileSystemTest, ErrorsNameThePathAndTheReason) {
  const auto missing = folder_ / "no/such";
  const auto text = [&](const char* doing) { return fmt::format("cannot {} {}: No such file or directory", doing, missing); };
  EXPECT_EQ(outcome(files_.write_new(missing, {})), text("create"));
  EXPECT_EQ(outcome(files_.sync_file(missing)), text("sync"));
  EXPECT_EQ(outcome(files_.sync_directory(missing)), text("sync"));
  EXPECT_EQ(outcome(files_.remove(missing)), text("remove"));
  EXPECT_EQ(outcome(files_.list(missing)), text("list"));
  EXPECT_EQ(outcome(files_.read(missing, limit)), text("read"));
  EXPECT_EQ(outcome(files_.lock(missing)), text("open"));
  EXPECT_THAT(outcome(files_.rename(missing, folder_ / "a")), HasSubstr("No such file or directory"));
  EXPECT_EQ(files_.read(missing, limit).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace rekindle
