// Clients that mean no good, while the daemon learns: it learns on, its memory is bounded, and it answers afterwards.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/sanitizers.hpp"
#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/processor_time.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

class Socket {
 public:
  explicit Socket(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const timeval patience{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Socket& operator=(Socket&&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  bool send(std::string_view bytes) const { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0; }
  void drain() const {
    char waste[65'536];
    while (::recv(fd_, waste, sizeof waste, MSG_DONTWAIT) > 0) continue;
  }

 private:
  int fd_;
  bool connected_ = false;
};

using Attack = std::function<void(int port, const std::atomic<bool>& stop)>;

void slow_loris(int port, const std::atomic<bool>& stop) {
  std::vector<Socket> all;
  while (!stop) {
    if (all.size() < 300) all.emplace_back(port).send("GET /status HTTP/1.1\r\nX: ");
    if (all.size() == 300) {
      for (auto& one : all) one.send("x");
      std::this_thread::sleep_for(500ms);
    }
  }
}

void ten_thousand_idle(int port, const std::atomic<bool>& stop) {
  std::vector<Socket> all;
  while (!stop) {
    if (all.size() < 10'000) {
      all.emplace_back(port);
    } else {
      std::this_thread::sleep_for(20ms);
    }
  }
}

void a_gigabyte(int port, const std::atomic<bool>& stop) {
  const std::string part(1 << 20, ' ');
  while (!stop) {
    const Socket one(port);
    one.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n");
    for (int i = 0; i < 1024 && !stop && one.send(part); ++i) continue;
    const Socket chunked(port);
    chunked.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n");
    for (int i = 0; i < 1024 && !stop && chunked.send(part); ++i) continue;
    std::this_thread::sleep_for(20ms);
  }
}

void header_bomb(int port, const std::atomic<bool>& stop) {
  const std::string line = "X-" + std::string(500, 'a') + ": " + std::string(500, 'b') + "\r\n";
  while (!stop) {
    const Socket one(port);
    one.send("GET / HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 100'000 && !stop && one.send(line); ++i) continue;
    std::this_thread::sleep_for(20ms);
  }
}

void pipelining(int port, const std::atomic<bool>& stop) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  while (!stop) {
    const Socket one(port);
    one.send(many);
    std::this_thread::sleep_for(50ms);  // Not read for a while: the answers pile up at the other end.
    one.drain();
    std::this_thread::sleep_for(50ms);
  }
}

struct Measured {
  double seconds = 0;
  double learner_cpu = 0;  // Seconds.
  long memory_kb = 0;      // The most that it had.
};

long most_memory(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

class HttpLoad : public DaemonTest {
 protected:
  void begin() {
    lines_ = drifting_stream(static_cast<std::size_t>(tries(100'000, 400'000)));
    deployment_ = deploy(lines_);
    expected_ = text_at(replayed(deployment_, lines_), "/state_hash");
  }
  // Learns the stream from its beginning.
  Measured learn(const Attack& attack) {
    const auto deployment = deployment_.in(folder() / std::to_string(++runs_));
    std::filesystem::create_directories(deployment.state);
    Daemon daemon(deployment.with({"memory_limit='64 MiB'", "checkpoint.every=50ms"}));
    std::atomic<bool> stop{false};
    std::thread attacker;
    const int port = daemon.port();
    if (attack) attacker = std::thread([&] { attack(port, stop); });
    const auto start = std::chrono::steady_clock::now();
    // Not over HTTP, which is busy: the log says when there is nothing more.
    const bool done = daemon.process().running() && eventually_saved(deployment, daemon);
    Measured run;
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    run.learner_cpu = processor_seconds(daemon.process().id(), "rekindle");
    run.memory_kb = most_memory(daemon.process().id());
    stop = true;
    if (attacker.joinable()) attacker.join();
    EXPECT_TRUE(done) << daemon.log();
    // It has forgotten them as soon as they are gone.
    EXPECT_TRUE(eventually([&] { return daemon.get("/healthz").status == 200; }, 30s)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
    EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), expected_);
    return run;
  }
  [[nodiscard]] bool eventually_saved(const Deployment& deployment, Daemon& daemon) const {
    return eventually(
        [&] {
          std::ifstream journal(deployment.state / "journal");
          std::string last;
          for (std::string line; std::getline(journal, line);) last = line;
          return last.ends_with(" " + std::to_string(lines_.size())) || !daemon.process().running();
        },
        2min);
  }

 private:
  std::vector<std::string> lines_;
  Deployment deployment_;
  std::string expected_;
  int runs_ = 0;
};

TEST_F(HttpLoad, LeavesTheLearnerItsTimeAndItsMemory) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const rlimit before = files;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::vector<std::pair<std::string, Attack>> attacks = {{"slow-loris, 300 connections", slow_loris},
                                                               {"10,000 idle connections", ten_thousand_idle},
                                                               {"bodies of 1 GB", a_gigabyte},
                                                               {"headers of 100 MB", header_bomb},
                                                               {"pipelining without reading", pipelining}};
  const int rounds = tries(1, 5);
  begin();
  auto quiet = learn({});
  for (const auto& [name, attack] : attacks) {
    std::vector<double> times;
    std::vector<double> work;
    long more_memory = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto loaded = learn(attack);
      // Beside the quiet ones before and after it: what else the machine does comes and goes.
      const auto after = rounds > 1 ? learn({}) : quiet;
      times.push_back(2 * loaded.seconds / (quiet.seconds + after.seconds));
      work.push_back(2 * loaded.learner_cpu / (quiet.learner_cpu + after.learner_cpu));
      more_memory = std::max(more_memory, loaded.memory_kb - quiet.memory_kb);
      quiet = after;
    }
    const auto median = [](std::vector<double> values) {
      std::ranges::sort(values);
      return values[values.size() / 2];
    };
    if (!test::sanitized) {
      EXPECT_LT(more_memory, 40'000) << name;
    }
    // One round on a machine with other work says little.
    EXPECT_LT(median(work), tries(200, 105) / 100.0) << name << ": processor time of learning";
    report_tries(name, rounds,
                 fmt::format("processor time of learning x {:.3f}, time to the end x {:.3f}, at most {} kB more memory", median(work),
                             median(times), more_memory));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace rekindle::system_test
