// ServiceManager: tells systemd how the daemon is, by sd_notify's protocol: a datagram to the socket that NOTIFY_SOCKET names.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "app/clock.hpp"

namespace rekindle {

// Started by anything else, it says nothing. Learner thread only.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void ready() { tell("READY=1"); }
  void stopping() { tell("STOPPING=1"); }
  // One line for `systemctl status`.
  void status(std::string_view text) { tell("STATUS=" + std::string(text)); }
  // That the learner thread is alive; sent where the watchdog is on and half of its time is over.
  void alive(SteadyTime now);

 private:
  void tell(const std::string& text) const;

  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  SteadyTime::duration half_watchdog_{};  // 0: off.
  SteadyTime last_alive_{};
};

}  // namespace rekindle
