#include "tests/system/support/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "tests/system/support/patience.hpp"

namespace rekindle::system_test {

namespace {

class Socket {
 public:
  Socket() : handle_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() { close(handle_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool connect(int port, std::chrono::milliseconds usual) const {
    const auto patience = times_patience(usual);
    timeval limit{};
    limit.tv_sec = patience.count() / 1000;
    limit.tv_usec = (patience.count() % 1000) * 1000;
    setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(handle_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(handle_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // False when nothing came in time; empty at the end.
  bool receive(std::string& to) const {
    char bytes[16384];
    const auto got = recv(handle_, bytes, sizeof bytes, 0);
    if (got > 0) to.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

 private:
  int handle_;
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

std::string unchunked(std::string_view text) {
  std::string body;
  while (true) {
    std::size_t size = 0;
    const auto* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, size, 16).ec != std::errc{} || size == 0) return body;
    const auto begin = text.find("\r\n");
    if (begin == std::string_view::npos || begin + 2 + size > text.size()) return body;
    body += text.substr(begin + 2, size);
    text.remove_prefix(std::min(text.size(), begin + 2 + size + 2));
  }
}

HttpAnswer parse(const std::string& text) {
  HttpAnswer answer;
  const auto head_end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || head_end == std::string::npos || text.size() < 12) return {0, {}, "no HTTP: " + text.substr(0, 200)};
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);
  for (auto at = text.find("\r\n"); at < head_end;) {
    const auto end = text.find("\r\n", at + 2);
    const auto line = text.substr(at + 2, end - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string::npos) answer.headers[lower(line.substr(0, colon))] = line.substr(std::min(line.size(), colon + 2));
    at = end;
  }
  answer.body = text.substr(head_end + 4);
  if (answer.headers.contains("transfer-encoding")) answer.body = unchunked(answer.body);
  return answer;
}

}  // namespace

HttpAnswer http_send(int port, const HttpRequest& request, std::chrono::milliseconds patience) {
  const Socket socket;
  if (!socket.connect(port, patience)) return {0, {}, std::strerror(errno)};
  auto text = request.method + " " + request.path + " HTTP/1.1\r\nConnection: close\r\n";
  if (!request.headers.contains("Host")) text += "Host: 127.0.0.1:" + std::to_string(port) + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST") text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  if (!socket.send(text + "\r\n" + request.body)) return {0, {}, std::strerror(errno)};
  std::string received;
  while (socket.receive(received)) continue;
  return parse(received);
}

HttpAnswer http_get(int port, const std::string& path, std::chrono::milliseconds patience) {
  return http_send(port, {.path = path}, patience);
}

HttpAnswer http_post(int port, const std::string& path, const std::string& body, std::map<std::string, std::string> headers) {
  headers.try_emplace("Content-Type", "application/json");
  return http_send(port, {"POST", path, std::move(headers), body});
}

}  // namespace rekindle::system_test
