// ConstantServer: the least that Beast can do: reads a request, answers the same whatever it says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <thread>

namespace rekindle::bench {

// One thread, coroutines and keep-alive, as the daemon's; no timeouts, limits, routes or checks.
class ConstantServer {
 public:
  explicit ConstantServer(std::string body);
  ~ConstantServer();
  ConstantServer(const ConstantServer&) = delete;
  ConstantServer& operator=(const ConstantServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // CPU time of its thread.
  [[nodiscard]] double seconds();

 private:
  std::string body_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace rekindle::bench
