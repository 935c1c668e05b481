// HttpServer: serves the routes on one thread of its own, with every size, time and number bounded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "http/routes.hpp"
#include "http/tls.hpp"

namespace rekindle {

struct HttpSettings {
  std::string listen = "127.0.0.1:9464";  // Port 0: any that is free; `port()` tells which.
  std::string token;                      // Bearer token for mutating routes; "" = none, then they serve this machine only.
  std::optional<TlsIdentity> tls;         // Without one: plain HTTP.
  std::size_t max_body_bytes = 1'048'576;
  std::size_t max_connections = 256;  // One more gets 503 and is closed.
  std::uint32_t max_header_bytes = 8 * 1024;
  std::size_t max_requests_per_connection = 1000;
  // Each counts from one moment and is not extended by a byte that trickles in.
  std::chrono::milliseconds header_timeout{
      10'000};  // For TLS's handshake; then from the connection, or a request's first byte, to the end of the header.
  std::chrono::milliseconds request_timeout{30'000};  // From a request's first byte to its last; then as long again for the answer.
  std::chrono::milliseconds idle_timeout{60'000};     // Between two requests of a connection.
  std::chrono::milliseconds answer_timeout{10'000};   // What a command may take; then 504.
  std::chrono::milliseconds stream_interval{200};     // Between two looks for events to send.
  std::chrono::milliseconds stop_timeout{1'000};      // What `stop` leaves to requests that are under way.
};

class HttpServer {
 public:
  HttpServer(HttpSettings settings, HttpServices services);
  ~HttpServer();  // Stops.
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens and starts the thread. ErrorCode::configuration: the address cannot be read, the certificate cannot be used; ErrorCode::io: it
  // cannot be bound (the port is busy, say). Once only.
  [[nodiscard]] Status start();

  // Takes no more connections, closes the idle ones, lets requests that are under way finish within `stop_timeout`, ends the thread.
  // Harmless when not started or called again. Not from a handler.
  void stop();

  // Another bearer token, for every request from now on. Any thread, after `start`.
  void set_token(std::string token);

  // Another certificate, or none, for every connection from now on. Any thread, after `start`. ErrorCode::configuration: it cannot be used.
  [[nodiscard]] Status set_tls(const std::optional<TlsIdentity>& tls);

  [[nodiscard]] std::uint16_t port() const;  // 0 before `start`.
  [[nodiscard]] std::string url() const;     // "http://127.0.0.1:9464", or "https://", as it was at `start`.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rekindle
