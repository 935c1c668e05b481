#include "bench/http/constant_server.hpp"

#include <pthread.h>
#include <time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

namespace rekindle::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket, const std::string& body) {
  boost::beast::flat_buffer buffer;
  socket.set_option(tcp::no_delay(true));
  while (true) {
    http::request<http::string_body> request;
    const auto [read_error, read_size] = co_await http::async_read(socket, buffer, request, as_value);
    if (read_error) co_return;
    http::response<http::string_body> response(http::status::ok, request.version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(true);
    response.body() = body;
    response.prepare_payload();
    const auto [write_error, write_size] = co_await http::async_write(socket, response, as_value);
    if (write_error) co_return;
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const std::string& body) {
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(as_value);
    if (error) co_return;
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), body), asio::detached);
  }
}

}  // namespace

ConstantServer::ConstantServer(std::string body)
    : body_(std::move(body)), acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), port_(acceptor_.local_endpoint().port()) {
  asio::co_spawn(io_, accept(acceptor_, body_), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

ConstantServer::~ConstantServer() {
  io_.stop();
  thread_.join();
}

double ConstantServer::seconds() {
  clockid_t clock{};
  timespec time{};
  ::pthread_getcpuclockid(thread_.native_handle(), &clock);
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace rekindle::bench
