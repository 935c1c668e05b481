#include "app/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace rekindle {

namespace {

std::atomic<int> asked{0};
std::atomic<bool> reload_asked{false};

extern "C" void on_reload_signal(int /*signal*/) { reload_asked = true; }

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

void install_reload_handler() {
  struct sigaction action {};
  action.sa_handler = on_reload_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, nullptr);
}

bool take_reload_signal() { return reload_asked.exchange(false); }

int stop_signal() { return asked.load(); }

}  // namespace rekindle
