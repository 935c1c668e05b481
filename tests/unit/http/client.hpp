// A bare HTTP client over POSIX sockets for tests: sends any bytes, and reads answers without help from the library under test.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rekindle {

struct Answer {
  int status = 0;                              // 0: the connection ended without an answer.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class Client {
 public:
  static constexpr std::chrono::milliseconds patience{10'000};

  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  // False when the other end does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // `for_head`: there is a length but no body.
  Answer read(bool for_head = false) {
    Answer out;
    while (pending_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return out;
    }
    const auto end = pending_.find("\r\n\r\n");
    parse(pending_.substr(0, end), out);
    pending_.erase(0, end + 4);
    const std::size_t length = for_head || out.status == 100 ? 0 : std::stoul("0" + out.header("content-length"));
    while (pending_.size() < length && receive()) {
    }
    out.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return out;
  }

  // True once the other end has closed; reads what comes before.
  bool closed() {
    while (receive()) {
    }
    return at_end_;
  }

 private:
  bool receive() {
    pollfd one{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, static_cast<int>(patience.count())) <= 0) return false;
    char buffer[16384];
    const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
    at_end_ = size <= 0;
    if (!at_end_) pending_.append(buffer, static_cast<std::size_t>(size));
    return !at_end_;
  }

  static void parse(const std::string& head, Answer& out) {
    std::size_t line = head.find("\r\n");
    out.status = std::stoi(head.substr(9, 3));
    while (line != std::string::npos) {
      const auto next = head.find("\r\n", line + 2);
      const std::string text = head.substr(line + 2, next == std::string::npos ? next : next - line - 2);
      std::string name = text.substr(0, text.find(':'));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      out.headers[name] = text.substr(std::min(text.size(), text.find(':') + 2));
      line = next;
    }
  }

  int socket_;
  bool connected_ = false;
  bool at_end_ = false;
  std::string pending_;
};

// One request on a connection of its own.
inline Answer ask(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body = "",
                  const std::string& more_headers = "", const std::string& host = "localhost") {
  Client client(port);
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + length + more_headers + "\r\n" + body);
  return client.read(method == "HEAD");
}

}  // namespace rekindle
