// Every command of the documents does what the text shows.
#include <gmock/gmock.h>

#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/process.hpp"

namespace rekindle::system_test {
namespace {

class Documents : public KafkaTest {
 protected:
  static Outcome compare(const std::string& document) {
    const std::filesystem::path root = REKINDLE_ROOT;
    return run({"python3", (root / "tests/documents/run_document.py").string(), (root / document).string(), "--program", REKINDLE_BINARY,
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

}  // namespace
}  // namespace rekindle::system_test
