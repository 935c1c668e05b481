// The clients of `./dev bench http`: bare sockets, so that what is measured is the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/give_up.hpp"

namespace rekindle::bench {

// A connection to a port of this machine; ends the program where there is none.
class Client {
 public:
  explicit Client(std::uint16_t port);
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;

  void send(std::string_view bytes) const;
  // Takes what has come; true once an answer is whole, which is taken away then. `length` names its content's length.
  [[nodiscard]] bool receive();
  // Of the answer that is whole.
  [[nodiscard]] const std::string& body() const { return body_; }
  // Whatever has come, without waiting.
  void drain() const;
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  int socket_;
  bool closed_ = false;
  std::string pending_;
  std::string body_;
};

// The body of a GET on a connection of its own.
[[nodiscard]] std::string get(std::uint16_t port, const std::string& path);

struct Load {
  double per_second = 0;
  double p99_us = 0;
  double requests = 0;
};

// POSTs `body` to `path` over so many connections kept alive, each with one request under way, for so long.
[[nodiscard]] Load load(std::uint16_t port, const std::string& path, const std::string& body, std::size_t connections,
                        std::chrono::milliseconds duration);

}  // namespace rekindle::bench
