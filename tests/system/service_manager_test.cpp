// What the daemon tells systemd. systemd itself is the first process of a machine, which a test cannot start; its protocol is
// datagrams to a socket, so the test holds that socket.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

class Manager {
 public:
  explicit Manager(const std::filesystem::path& path) : handle_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (bind(handle_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot bind " + path.string());
  }
  ~Manager() { close(handle_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Everything that it was told so far, a line each.
  const std::string& told() {
    std::array<char, 4096> bytes;
    for (ssize_t got = 0; (got = recv(handle_, bytes.data(), bytes.size(), 0)) > 0;)
      told_.append(bytes.data(), static_cast<std::size_t>(got)).append("\n");
    return told_;
  }
  std::size_t times(const std::string& line) {
    std::size_t count = 0;
    for (auto at = told().find(line); at != std::string::npos; at = told_.find(line, at + 1)) ++count;
    return count;
  }

 private:
  int handle_;
  std::string told_;
};

TEST(ServiceManager, IsToldWhenTheDaemonIsUpAliveAndStopping) {
  const TemporaryFolder folder;
  Manager manager(folder / "notify");
  write_lines(folder / "samples.jsonl", drifting_stream(100));
  const auto deployment = write_configuration(folder.path(), "localhost:1", "samples")
                              .with({"source.type=file", "source.path=" + (folder / "samples.jsonl").string(), "source.follow=true"});
  Process daemon(command_line("run", deployment), {{{"NOTIFY_SOCKET", (folder / "notify").string()}, {"WATCHDOG_USEC", "400000"}}, {}, ""});
  EXPECT_TRUE(eventually([&] { return manager.times("READY=1") == 1; })) << daemon.err();
  EXPECT_TRUE(eventually([&] { return manager.times("WATCHDOG=1") >= 3; })) << manager.told();
  EXPECT_TRUE(eventually([&] { return manager.times("STATUS=learning") == 1; })) << manager.told();
  EXPECT_THAT(manager.told(), testing::Not(HasSubstr("STOPPING=1")));
  EXPECT_EQ(daemon.end(SIGTERM).code, 0);
  EXPECT_EQ(manager.times("STOPPING=1"), 1u);
}

// A broker that is away is no reason to be started again: the unit is up, and says what it waits for.
TEST(ServiceManager, IsToldWhatTheDaemonWaitsFor) {
  const TemporaryFolder folder;
  Manager manager(folder / "notify");
  Process daemon(command_line("run", write_configuration(folder.path(), "localhost:1", "samples")),
                 {{{"NOTIFY_SOCKET", (folder / "notify").string()}}, {}, ""});
  EXPECT_TRUE(eventually([&] { return manager.times("READY=1") == 1 && manager.times("STATUS=source: localhost:1") == 1; }))
      << manager.told();
  EXPECT_EQ(manager.times("WATCHDOG=1"), 0u);
}

}  // namespace
}  // namespace rekindle::system_test
