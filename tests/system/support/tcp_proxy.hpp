// TcpProxy: a bad network between a client and a server on this machine.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace rekindle::system_test {

// Listens from the beginning; forwards once it knows where to. All from the test's thread.
class TcpProxy {
 public:
  TcpProxy();
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::string address() const;  // "127.0.0.1:PORT"
  void forward_to(const std::string& address);

  void cut();                                  // Closes all connections.
  void reset();                                // The same with RST.
  void truncate();                             // The next bytes of each connection are cut in half, and it is closed.
  void hold(bool on);                          // Nothing passes, nothing is closed.
  void refuse(bool on);                        // New connections are closed at once.
  void delay(std::chrono::milliseconds each);  // Before anything is passed on.
  [[nodiscard]] std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rekindle::system_test
