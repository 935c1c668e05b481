#include "checkpoint/file_store.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<FileStore> open_store(const std::string& directory, int keep = 3) {
  auto store = FileStore::open(directory, keep);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

std::uint64_t loaded_sequence(FileStore& store) {
  const auto loaded = store.load();
  return loaded && *loaded ? (*loaded)->checkpoint.sequence : 0;
}

TEST(FileStore, AnEmptyFolderHasNothingToLoad) {
  const ScratchFolder folder;
  const auto store = open_store(folder / "a/b/state");
  const auto loaded = store->load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_FALSE(*loaded);
}

TEST(FileStore, GivesBackWhatItSaved) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path());
  const auto size = store->save(small_checkpoint());
  ASSERT_TRUE(size) << size.error().message;
  const auto loaded = store->load();
  ASSERT_TRUE(loaded && *loaded);
  auto expected = small_checkpoint();
  expected.sequence = 1;
  EXPECT_EQ(as_text((*loaded)->checkpoint), as_text(expected));
  EXPECT_EQ((*loaded)->path, folder / numbered(1));
  EXPECT_THAT((*loaded)->warnings, IsEmpty());
  EXPECT_EQ(std::filesystem::file_size(folder / numbered(1)), *size);
}

TEST(FileStore, KeepsTheLastFew) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path(), 2);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(4), numbered(5), "lock"));
}

TEST(FileStore, KeepsAtLeastOne) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path(), 0);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(2), "lock"));
}

TEST(FileStore, ADamagedFileDoesNotCountAsAKeptOne) {
  const ScratchFolder folder;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(open_store(folder.path())->save(small_checkpoint()));
  write_bytes(folder / numbered(2), {});
  write_bytes(folder / numbered(3), {});
  const auto store = open_store(folder.path(), 2);
  EXPECT_EQ(loaded_sequence(*store), 1U);
  EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(1), numbered(2), numbered(3), numbered(4), "lock"));
  EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(4), numbered(5), "lock"));
}

TEST(FileStore, LeavesOtherFilesAlone) {
  const ScratchFolder folder;
  const std::vector<std::string> others = {"checkpoint.1", "checkpoint.0000000000000000000x", "checkpoint.99999999999999999999", "journal"};
  for (const auto& name : others) write_bytes(folder / name, bytes_of("mine"));
  const auto store = open_store(folder.path(), 1);
  EXPECT_EQ(loaded_sequence(*store), 0U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_TRUE(store->set_aside());
  for (const auto& name : others) EXPECT_EQ(read_bytes(folder / name), bytes_of("mine"));
}

TEST(FileStore, WhatAnInterruptedSaveLeftIsReplaced) {
  const ScratchFolder folder;
  write_bytes(folder / "checkpoint.tmp", noise(100));
  const auto store = open_store(folder.path());
  EXPECT_EQ(loaded_sequence(*store), 0U);
  EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(1), "lock"));
}

TEST(FileStore, NumbersAreNeverUsedAgain) {
  const ScratchFolder folder;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(open_store(folder.path())->save(small_checkpoint()));
  write_bytes(folder / numbered(9), bytes_of("damaged"));
  const auto save_and_load = [&] {
    const auto store = open_store(folder.path());
    EXPECT_TRUE(store->save(small_checkpoint()));
    return loaded_sequence(*store);
  };
  EXPECT_EQ(save_and_load(), 10U);
  EXPECT_TRUE(open_store(folder.path())->set_aside());
  EXPECT_EQ(save_and_load(), 11U) << "also above what was set aside";
}

TEST(FileStore, GoesOnAboveTheNumberInsideACopyThatWasPutBack) {
  const ScratchFolder folder;
  auto copy = small_checkpoint();
  copy.sequence = 100;
  write_bytes(folder / numbered(3), encode_checkpoint(copy));
  const auto store = open_store(folder.path());
  EXPECT_EQ(loaded_sequence(*store), 100U);
  EXPECT_TRUE(store->save(small_checkpoint()));
  EXPECT_EQ(loaded_sequence(*store), 101U);
}

TEST(FileStore, StopsAtTheHighestNumber) {
  const ScratchFolder folder;
  write_bytes(folder / numbered(~std::uint64_t{0}), {});
  EXPECT_THAT(outcome(open_store(folder.path())->save(small_checkpoint())), HasSubstr("highest checkpoint number"));
}

TEST(FileStore, DoesNotPublishWhatCouldNotBeReadBack) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path());
  EXPECT_TRUE(store->save(small_checkpoint()));
  auto twice = small_checkpoint();
  twice.sections.push_back(twice.sections.front());
  const auto saved = store->save(twice);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::internal);
  EXPECT_EQ(saved.error().message, "checkpoint not saved, it could not be read back: section \"learner\" is there twice");
  EXPECT_THAT(names_in(folder.path()), ElementsAre(numbered(1), "lock"));
}

TEST(FileStore, SettingAsideLosesNothing) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path());
  EXPECT_TRUE(store->set_aside());
  EXPECT_THAT(names_in(folder.path()), ElementsAre("lock")) << "nothing to set aside, no folder";
  for (int round = 1; round <= 2; ++round) {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(store->save(small_checkpoint()));
    EXPECT_TRUE(store->set_aside());
    EXPECT_EQ(loaded_sequence(*store), 0U);
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("aside-1", "aside-2", "lock"));
  EXPECT_THAT(names_in(folder / "aside-1"), ElementsAre(numbered(1), numbered(2)));
  EXPECT_THAT(names_in(folder / "aside-2"), ElementsAre(numbered(3), numbered(4)));
  const auto aside = load_newest(folder / "aside-2");
  ASSERT_TRUE(aside && *aside);
  EXPECT_EQ((*aside)->checkpoint.sequence, 4U);
}

TEST(FileStore, ASecondOneIsRefusedAndTheHolderNamed) {
  const ScratchFolder folder;
  auto store = open_store(folder.path());
  const auto second = FileStore::open(folder.path(), 3);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::locked);
  EXPECT_EQ(second.error().message, fmt::format("{} is locked by process {}", folder / "lock", ::getpid()));
  store.reset();
  EXPECT_TRUE(FileStore::open(folder.path(), 3)) << "free again";
}

TEST(FileStore, AnotherProcessIsRefusedToo) {
  const ScratchFolder folder;
  const auto store = open_store(folder.path());
  const auto child = ::fork();
  if (child == 0) {
    const auto second = FileStore::open(folder.path(), 3);
    ::_exit(second ? 0 : static_cast<int>(second.error().code));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ErrorCode::locked));
}

TEST(FileStore, AFolderThatIsAFileIsAnError) {
  const ScratchFolder folder;
  write_bytes(folder / "state", {});
  EXPECT_THAT(outcome(FileStore::open(folder / "state", 3)), HasSubstr("Not a directory"));
  EXPECT_THAT(outcome(FileStore::open(folder / "state/more", 3)), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace rekindle
