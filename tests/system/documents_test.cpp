// Every command of the documents does what the text shows.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {
namespace {

class Documents : public KafkaTest {
 protected:
  static Outcome compare(const std::string& document) {
    const std::filesystem::path root = REKINDLE_ROOT;
    return run({"python3", (root / "tests/documents/run_document.py").string(), (root / document).string(), "--program", program(),
                "--brokers", broker().address()});
  }
};

TEST_F(Documents, TheReadmeShowsWhatItsCommandsPrint) {
  const auto done = compare("README.md");
  EXPECT_EQ(done.status.code, 0) << done.out << done.err;
  broker().delete_topic("visits");  // The tutorial shows which topics there are.
}

TEST_F(Documents, TheTutorialShowsWhatItsCommandsPrint) {
  const auto done = compare("docs/tutorial.md");
  EXPECT_EQ(done.status.code, 0) << done.out << done.err;
}

TEST_F(Documents, TheCookbookShowsWhatItsCommandsPrint) {
  const auto done = compare("docs/cookbook.md");
  EXPECT_EQ(done.status.code, 0) << done.out << done.err;
}

TEST_F(Documents, TheCasesShowWhatTheirCommandsPrint) {
  const auto done = compare("docs/cases.md");
  EXPECT_EQ(done.status.code, 0) << done.out << done.err;
}

TEST(TheCookbook, AnswersEveryQuestionWithACommand) {
  std::ifstream file(std::filesystem::path(REKINDLE_ROOT) / "docs/cookbook.md");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  int entries = 0;
  for (auto at = text.find("\n## "); at != std::string::npos;) {
    const auto next = text.find("\n## ", at + 1);
    const auto entry = text.substr(at + 4, next == std::string::npos ? next : next - at - 4);
    EXPECT_THAT(entry, testing::HasSubstr("```console\n$ ")) << entry;
    EXPECT_EQ(entry.find('?'), entry.find('\n') - 1) << entry;
    ++entries;
    at = next;
  }
  EXPECT_EQ(entries, 18);
}

}  // namespace
}  // namespace rekindle::system_test
