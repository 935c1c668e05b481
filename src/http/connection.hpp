// Connection: one client, from the first request to the last, as a coroutine on the HTTP thread.
#pragma once

#include <memory>

#include "http/on_context.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"

namespace boost::asio::ssl {
class context;
}

namespace rekindle {

// The router and the settings must outlive it; `tls`, null for none, need not. Everything runs on the thread of the socket's executor.
class Connection {
 public:
  Connection(on_context::Socket socket, const HttpSettings& settings, const Router& router, boost::asio::ssl::context* tls = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] on_context::Awaitable<> serve();   // Ends when the connection is closed.
  [[nodiscard]] on_context::Awaitable<> refuse();  // There are too many: says so and closes.
  void finish();                                   // Closes now where no request is under way, else after its answer.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rekindle
