#include "bench/http/clients.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string post(const std::string& path, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path,
                     body.size(), body);
}

}  // namespace

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("cannot connect");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}
Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      closed_(other.closed_),
      pending_(std::move(other.pending_)),
      body_(std::move(other.body_)) {}

void Client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The next `receive` sees that it is closed.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Client::receive() {
  char buffer[65536];
  const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
  closed_ = size <= 0;
  if (closed_) return false;
  pending_.append(buffer, static_cast<std::size_t>(size));
  const auto head = pending_.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  if (!pending_.starts_with("HTTP/1.1 200")) give_up(pending_.substr(0, 400));
  constexpr std::string_view name = "Content-Length: ";
  const auto at = pending_.find(name);
  if (at == std::string::npos || at > head) give_up("an answer without Content-Length");
  const auto length = std::strtoull(pending_.c_str() + at + name.size(), nullptr, 10);
  if (pending_.size() < head + 4 + length) return false;
  body_ = pending_.substr(head + 4, length);
  pending_.erase(0, head + 4 + length);
  return true;
}

void Client::drain() const {
  char buffer[65536];
  while (::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
  }
}

std::string get(std::uint16_t port, const std::string& path) {
  Client client(port);
  client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
  while (!client.receive()) {
    if (client.closed()) give_up("no answer");
  }
  return client.body();
}

Load load(std::uint16_t port, const std::string& path, const std::string& body, std::size_t connections,
          std::chrono::milliseconds duration) {
  const auto request = post(path, body);
  std::vector<Client> clients;
  std::vector<Clock::time_point> sent;
  std::vector<double> micros;
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < connections; ++i) {
    clients.emplace_back(port).send(request);
    sent.push_back(Clock::now());
  }
  while (Clock::now() - begun < duration) {
    std::vector<pollfd> waiting;
    for (const auto& one : clients) waiting.push_back({.fd = one.socket(), .events = POLLIN, .revents = 0});
    if (::poll(waiting.data(), waiting.size(), 10'000) <= 0) give_up("no answer for ten seconds");
    for (std::size_t i = 0; i < connections; ++i) {
      if (waiting[i].revents == 0) continue;
      const bool whole = clients[i].receive();
      if (clients[i].closed()) {  // After so many requests a server may close.
        std::destroy_at(&clients[i]);
        std::construct_at(&clients[i], port);
      } else if (!whole) {
        continue;
      } else {
        micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent[i]).count());
      }
      sent[i] = Clock::now();
      clients[i].send(request);
    }
  }
  if (micros.empty()) give_up("not one answer");
  const auto seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  const auto at = micros.begin() + static_cast<std::ptrdiff_t>(micros.size() * 99 / 100);
  std::nth_element(micros.begin(), at, micros.end());
  const auto requests = static_cast<double>(micros.size());
  return {requests / seconds, *at, requests};
}

}  // namespace rekindle::bench
