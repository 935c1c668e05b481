#include "app/service_manager.hpp"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace rekindle {

namespace {

std::optional<std::int64_t> whole_number(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

}  // namespace

ServiceManager::ServiceManager() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  const auto length = std::strlen(path);
  if (length < 2 || length >= sizeof address_.sun_path) return;
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path, length);
  if (path[0] == '@') address_.sun_path[0] = 0;  // An abstract name, which has no end but its length.
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto watchdog = whole_number("WATCHDOG_USEC");
  const bool ours = whole_number("WATCHDOG_PID").value_or(getpid()) == getpid();
  if (watchdog && *watchdog > 0 && ours) half_watchdog_ = std::chrono::microseconds(*watchdog / 2);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::alive(SteadyTime now) {
  if (half_watchdog_.count() == 0 || now - last_alive_ < half_watchdog_) return;
  last_alive_ = now;
  tell("WATCHDOG=1");
}

// A manager that does not read is its own problem: the daemon goes on.
void ServiceManager::tell(const std::string& text) const {
  if (socket_ < 0) return;
  (void)::sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

}  // namespace rekindle
