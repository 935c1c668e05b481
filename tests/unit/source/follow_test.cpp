#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "connectors/file/line_source.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using test::TemporaryFile;
using ::testing::HasSubstr;

void append(const TemporaryFile& file, const std::string& text) { std::ofstream(file.path(), std::ios::app) << text; }
void overwrite(const TemporaryFile& file, const std::string& text) { std::ofstream(file.path(), std::ios::trunc) << text; }
void replace(const TemporaryFile& file, const std::string& text) {
  const auto other = file.path() + ".new";
  std::ofstream(other) << text;
  ASSERT_EQ(std::rename(other.c_str(), file.path().c_str()), 0);
}

class Follower {
 public:
  explicit Follower(const TemporaryFile& file, LineOptions options = {}, std::int64_t from = 0) {
    options.follow = true;
    source_ = make_line_source(file.path(), options);
    Position position;
    if (from != 0) position.set(file.name(), 0, from);
    EXPECT_TRUE(source_->open(position));
  }

  // What there is now as "offset:payload ...", or the error.
  std::string next() {
    std::string out;
    while (true) {
      const auto polled = source_->poll(std::chrono::milliseconds(1));
      if (!polled) return fmt::format("{}: {}", static_cast<int>(polled.error().code), polled.error().message);
      EXPECT_FALSE(polled->at_end);
      if (polled->records.empty()) return out;
      for (const auto& record : polled->records) out += fmt::format("{}:{} ", record.offset, record.payload);
    }
  }

  bool caught_up() {
    SourceStatus status;
    source_->report({}, status);
    return status.caught_up;
  }

 private:
  std::unique_ptr<SampleSource> source_;
};

TEST(Follow, WaitsForMoreLines) {
  const TemporaryFile file("a\nb\n");
  Follower follower(file);
  EXPECT_EQ(follower.next(), "0:a 1:b ");
  EXPECT_EQ(follower.next(), "");
  EXPECT_TRUE(follower.caught_up());
  append(file, "c\nd");
  EXPECT_EQ(follower.next(), "2:c ");
  append(file, "d\n\ne\n");
  EXPECT_EQ(follower.next(), "3:dd 5:e ") << "a line is one when it has its end";
}

TEST(Follow, BeginsWithAnEmptyFile) {
  const TemporaryFile file("");
  Follower follower(file, {.header = true});
  EXPECT_EQ(follower.next(), "");
  append(file, "x,y\n1,2\n");
  EXPECT_EQ(follower.next(), "1:1,2 ");
}

TEST(Follow, GoesOnWhereItWas) {
  const TemporaryFile file("a\nb\n");
  Follower follower(file, {}, 2);
  EXPECT_EQ(follower.next(), "");
  append(file, "c\n");
  EXPECT_EQ(follower.next(), "2:c ");
}

TEST(Follow, StopsWhenTheFileIsNoLongerTheSame) {
  const TemporaryFile file("a\nb\n");
  Follower replaced(file);
  EXPECT_EQ(replaced.next(), "0:a 1:b ");
  replace(file, "c\nd\ne\n");
  EXPECT_THAT(replaced.next(), ::testing::AllOf(HasSubstr("66: "), HasSubstr("was replaced by another file; lines up to 2 were learned")));
  Follower shortened(file);
  EXPECT_EQ(shortened.next(), "0:c 1:d 2:e ");
  overwrite(file, "f\n");
  EXPECT_THAT(shortened.next(), HasSubstr("became shorter"));
  EXPECT_THAT(Follower(file, {}, 3).next(), HasSubstr("has 1 lines and no line 3"));
}

TEST(Follow, ReadsTheNewFileWhereThatIsWanted) {
  const TemporaryFile file("x,y\n1,2\n");
  Follower follower(file, {.header = true, .restart = true});
  EXPECT_EQ(follower.next(), "1:1,2 ");
  replace(file, "y,x\n4,3\n");
  EXPECT_EQ(follower.next(), "1:4,3 ");
  overwrite(file, "x\n");
  EXPECT_EQ(follower.next(), "");
  append(file, "5\n");
  EXPECT_EQ(follower.next(), "1:5 ");
}

TEST(Header, IsNoRecordAndComesWithEveryOne) {
  const TemporaryFile file("\r\n\nx,y\r\n1,2\n\n3,4\n");
  for (const std::int64_t from : {0, 3, 4, 5}) {
    const auto source = make_line_source(file.path(), {.header = true});
    Position position;
    position.set(file.name(), 0, from);
    ASSERT_TRUE(source->open(position));
    std::string seen;
    for (bool at_end = false; !at_end;) {
      const auto polled = source->poll(std::chrono::milliseconds(0));
      ASSERT_TRUE(polled);
      at_end = polled->at_end;
      for (const auto& record : polled->records) seen += fmt::format("{}:{}={} ", record.offset, record.column_names, record.payload);
    }
    EXPECT_EQ(seen, from <= 3 ? "3:x,y=1,2 5:x,y=3,4 " : "5:x,y=3,4 ") << from;
  }
}

TEST(Pipe, IsWaitedForNoLongerThanThePatience) {
  const auto path = ::testing::TempDir() + fmt::format("rekindle_pipe_{}", ::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int writer = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  const auto source = make_line_source(path);
  ASSERT_TRUE(source->open({}));
  auto polled = source->poll(std::chrono::milliseconds(1));
  ASSERT_TRUE(polled);
  EXPECT_TRUE(polled->records.empty());
  EXPECT_FALSE(polled->at_end);
  ASSERT_EQ(::write(writer, "a\n", 2), 2);
  polled = source->poll(std::chrono::milliseconds(1000));
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->records.size(), 1U);
  EXPECT_EQ(polled->records[0].payload, "a");
  ::close(writer);
  EXPECT_TRUE(source->poll(std::chrono::milliseconds(1000))->at_end);
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace rekindle
