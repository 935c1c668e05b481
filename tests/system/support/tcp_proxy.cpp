#include "tests/system/support/tcp_proxy.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <thread>

#include "tests/system/support/free_port.hpp"

namespace rekindle::system_test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Pair {
  explicit Pair(asio::io_context& io) : client(io), server(io) {}
  tcp::socket client;
  tcp::socket server;
  bool truncated = false;

  void close(bool reset) {
    for (auto* socket : {&client, &server}) {
      error_code ignored;
      if (reset) socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }
};

auto with(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

class TcpProxy::Impl {
 public:
  Impl() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(free_port()))) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }
  void set_target(std::uint16_t port) { target_ = port; }
  void close_all(bool reset) {
    asio::post(io_, [this, reset] {
      for (const auto& pair : pairs_) pair->close(reset);
    });
  }
  void truncate_all() {
    asio::post(io_, [this] {
      for (const auto& pair : pairs_) pair->truncated = true;
    });
  }

  std::atomic<bool> held{false};
  std::atomic<bool> refused{false};
  std::atomic<std::int64_t> delay_ms{0};
  std::atomic<std::size_t> served{0};

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      auto pair = std::make_shared<Pair>(io_);
      co_await acceptor_.async_accept(pair->client, with(error));
      if (error || refused || target_ == 0) continue;
      ++served;
      asio::co_spawn(io_, serve(pair), asio::detached);
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<Pair> pair) {
    error_code error;
    co_await pair->server.async_connect({asio::ip::address_v4::loopback(), target_}, with(error));
    if (error) co_return;
    pairs_.insert(pair);
    asio::co_spawn(io_, pump(pair, pair->client, pair->server), asio::detached);
    co_await pump(pair, pair->server, pair->client);
    pairs_.erase(pair);
  }

  asio::awaitable<void> pump(std::shared_ptr<Pair> pair, tcp::socket& from, tcp::socket& to) {
    std::array<char, 64 * 1024> bytes{};
    asio::steady_timer timer(io_);
    for (error_code error; !error;) {
      auto count = co_await from.async_read_some(asio::buffer(bytes), with(error));
      if (error) break;
      timer.expires_after(std::chrono::milliseconds(delay_ms));
      if (delay_ms > 0) co_await timer.async_wait(with(error));
      while (held) {
        timer.expires_after(std::chrono::milliseconds(5));
        co_await timer.async_wait(with(error));
      }
      if (pair->truncated) count /= 2;
      co_await asio::async_write(to, asio::buffer(bytes, count), with(error));
      if (pair->truncated) break;
    }
    pair->close(false);
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::atomic<std::uint16_t> target_{0};
  std::set<std::shared_ptr<Pair>> pairs_;
  std::thread thread_;
};

TcpProxy::TcpProxy() : impl_(std::make_unique<Impl>()) {}
TcpProxy::~TcpProxy() = default;

std::string TcpProxy::address() const { return "127.0.0.1:" + std::to_string(impl_->port()); }
void TcpProxy::forward_to(const std::string& address) {
  impl_->set_target(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
}
void TcpProxy::cut() { impl_->close_all(false); }
void TcpProxy::reset() { impl_->close_all(true); }
void TcpProxy::truncate() { impl_->truncate_all(); }
void TcpProxy::hold(bool on) { impl_->held = on; }
void TcpProxy::refuse(bool on) { impl_->refused = on; }
void TcpProxy::delay(std::chrono::milliseconds each) { impl_->delay_ms = each.count(); }
std::size_t TcpProxy::connections() const { return impl_->served; }

}  // namespace rekindle::system_test
