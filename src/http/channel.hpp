// Channel: the bytes of one connection, in TLS or as they are. A stream in Asio's sense; without TLS it costs one comparison.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <optional>
#include <utility>

#include "http/on_context.hpp"

namespace rekindle {

class Channel {
 public:
  using Socket = on_context::Socket;
  using executor_type = Socket::executor_type;
  using error_code = boost::system::error_code;

  // `context` null: no TLS. It may be gone before the channel is.
  Channel(Socket socket, boost::asio::ssl::context* context) : socket_(std::move(socket)) {
    if (context != nullptr) tls_.emplace(socket_, *context);
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool is_secure() const { return tls_.has_value(); }

  template <class Token>
  auto async_handshake(Token&& token) {
    return tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Token>(token));
  }
  // Says that no more comes, and waits until the other end has said it too.
  template <class Token>
  auto async_shutdown(Token&& token) {
    return tls_->async_shutdown(std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_) {
            tls_->async_read_some(into, std::move(handler));
          } else {
            socket_.async_read_some(into, std::move(handler));
          }
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_) {
            tls_->async_write_some(from, std::move(handler));
          } else {
            socket_.async_write_some(from, std::move(handler));
          }
        },
        token, buffers);
  }

  // What the system takes without waiting; nothing in TLS. An asynchronous write goes by way of the scheduler even then, which costs a
  // short answer as much as the sending.
  [[nodiscard]] std::size_t write_at_once(boost::asio::const_buffer bytes) {
    if (tls_) return 0;
    error_code error;  // Whoever writes what is left over will see it.
    return socket_.write_some(bytes, error);
  }

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace rekindle
