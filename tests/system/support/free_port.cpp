#include "tests/system/support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <stdexcept>

namespace rekindle::system_test {

int free_port() {
  static std::mt19937 random(std::random_device{}());
  for (int i = 0; i < 100; ++i) {
    const int port = std::uniform_int_distribution<>(20'000, 32'000)(random);
    const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free = bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(handle);
    if (is_free) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace rekindle::system_test
