#include "app/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace rekindle {

namespace {

std::atomic<int> asked{0};

extern "C" void on_stop_signal(int signal) {
  if (asked.exchange(signal) != 0) _exit(128 + signal);
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

int stop_signal() { return asked.load(); }

}  // namespace rekindle
