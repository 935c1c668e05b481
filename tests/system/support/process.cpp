#include "tests/system/support/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test {

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Start {
  std::vector<char*> command;
  std::vector<char*> environment;
  std::string folder;
  std::string input;
  std::string out;
  std::string err;
};

bool redirect(const std::string& path, int flags, int to) {
  const int file = open(path.c_str(), flags, 0600);
  return file >= 0 && dup2(file, to) >= 0;
}

// Between fork and exec: nothing but system calls.
[[noreturn]] void become(const Start& start) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool ready =
      redirect(start.input, O_RDONLY | O_CLOEXEC, STDIN_FILENO) && redirect(start.out, O_WRONLY | O_CREAT | O_CLOEXEC, STDOUT_FILENO) &&
      redirect(start.err, O_WRONLY | O_CREAT | O_CLOEXEC, STDERR_FILENO) && (start.folder.empty() || chdir(start.folder.c_str()) == 0);
  if (ready) execvpe(start.command[0], start.command.data(), start.environment.data());
  _exit(127);
}

}  // namespace

Process::Process(std::vector<std::string> command, ProcessOptions options) {
  std::ofstream(files_ / "in", std::ios::binary) << options.input;
  auto environment = merged_environment(options.environment);
  const Start start{pointers(command),        pointers(environment),     options.folder.string(),
                    (files_ / "in").string(), (files_ / "out").string(), (files_ / "err").string()};
  id_ = fork();
  if (id_ == 0) become(start);
  if (id_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
}

Process::~Process() {
  if (running()) {
    send(SIGKILL);
    wait();
  }
}

std::optional<ExitStatus> Process::poll() {
  int status = 0;
  struct rusage used = {};
  if (!ended_ && wait4(id_, &status, WNOHANG, &used) == id_) {
    ended_ = WIFSIGNALED(status) ? ExitStatus{-1, WTERMSIG(status)} : ExitStatus{WEXITSTATUS(status), 0};
    ended_->peak_bytes = 1024 * static_cast<std::int64_t>(used.ru_maxrss);
  }
  return ended_;
}

void Process::send(int signal) const {
  if (!ended_) kill(id_, signal);
}

std::optional<ExitStatus> Process::wait(std::chrono::milliseconds patience) {
  static_cast<void>(eventually([this] { return !running(); }, patience));
  return ended_;
}

ExitStatus Process::end(int signal, std::chrono::milliseconds patience) {
  send(signal);
  const auto status = wait(patience);
  if (!status) throw std::runtime_error("a process did not end after signal " + std::to_string(signal) + "; it wrote:\n" + err());
  return *status;
}

std::string Process::out() const { return contents(files_ / "out"); }
std::string Process::err() const { return contents(files_ / "err"); }

Outcome run(std::vector<std::string> command, ProcessOptions options, std::chrono::milliseconds patience) {
  const auto name = command.at(0);
  Process process(std::move(command), std::move(options));
  const auto status = process.wait(patience);
  if (!status) throw std::runtime_error(name + " did not end in time; it wrote:\n" + process.err());
  return {*status, process.out(), process.err()};
}

}  // namespace rekindle::system_test
