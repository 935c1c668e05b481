#include "http/connection.hpp"

#include <array>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <utility>

#include "http/channel.hpp"
#include "http/on_context.hpp"
#include "http/wire.hpp"

namespace rekindle {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using namespace on_context;

// How long we listen to a client that still sends after our last answer. Closing at once would send a reset, and a reset can make the
// client's system throw that answer away before the client has read it.
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::milliseconds look_again{2};  // Whether another thread has answered.
constexpr std::chrono::seconds quiet_stream{10};
constexpr std::size_t read_size = 16384;

// Somebody has forgotten the s of https://.
bool is_plain_http(const error_code& error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace

// Closes the socket once a time has passed. Every request moves that time several times, mostly further away; the timer is only set anew
// where it comes nearer, and looks again when it rings: setting it each time would cost more than reading the request.
class Deadline {
 public:
  explicit Deadline(Socket& socket) : socket_(socket), timer_(socket.get_executor()) {}

  void after(Clock::duration patience) { at(Clock::now() + patience); }
  void at(Clock::time_point due) {
    due_ = due;
    if (due < rings_) arm();
  }
  void never() { due_ = Clock::time_point::max(); }

 private:
  void arm() {
    rings_ = due_;
    timer_.expires_at(due_);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& error) {
      if (error || alive.expired()) return;  // Set anew, or gone together with the connection.
      rings_ = Clock::time_point::max();
      if (due_ == Clock::time_point::max()) return;
      if (Clock::now() < due_) return arm();
      error_code ignored;
      socket_.close(ignored);
    });
  }

  Socket& socket_;
  Timer timer_;
  Clock::time_point due_ = Clock::time_point::max();
  Clock::time_point rings_ = Clock::time_point::max();
  std::shared_ptr<Deadline*> alive_ = std::make_shared<Deadline*>(this);  // The bell may have rung already when all this goes.
};

class Connection::Impl {
 public:
  Impl(Socket socket, const HttpSettings& settings, const Router& router, asio::ssl::context* tls)
      : channel_(std::move(socket), tls), settings_(settings), router_(router) {
    error_code error;
    const auto peer = tcp().remote_endpoint(error);
    from_loopback_ = !error && peer.address().is_loopback();
    tcp().set_option(asio::ip::tcp::no_delay(true), error);
  }

  Awaitable<void> serve() {
    if (channel_.is_secure()) {  // Not in one condition with what follows: GCC 12 would destroy what was never made.
      const bool shaken = co_await shake_hands(settings_.header_timeout);
      if (!shaken) co_return;
    }
    for (std::size_t count = 1; co_await exchange(count); ++count) {
      busy_ = false;
      memory_.release();
    }
    busy_ = false;
    co_await linger();
  }

  Awaitable<void> refuse() {
    if (channel_.is_secure()) {
      const bool shaken = co_await shake_hands(linger_time);
      if (!shaken) co_return;
    }
    co_await write(error_response(503, "too many connections"), false, true);
    co_await linger();
  }

  void finish() {
    finishing_ = true;
    if (!busy_) close();
  }

 private:
  [[nodiscard]] Socket& tcp() { return channel_.socket(); }

  // False: no secrets will be shared, and the socket is closed.
  Awaitable<bool> shake_hands(Clock::duration patience) {
    deadline_.after(patience);
    const auto [error] = co_await channel_.async_handshake(as_value);
    if (!error) co_return true;
    if (is_plain_http(error)) {
      const auto answer = wire::text_of(error_response(400, "this port speaks TLS: ask by https://"), false, true, memory_);
      (void)co_await asio::async_write(tcp(), asio::buffer(answer), as_value);
    }
    close();
    co_return false;
  }

  // One request and its answer; false: that was the last.
  Awaitable<bool> exchange(std::size_t count) {
    if (buffer_.size() == 0) {  // Else it came together with the one before.
      if (finishing_) co_return false;
      deadline_.after(count == 1 ? settings_.header_timeout : settings_.idle_timeout);
      const auto [error, size] = co_await channel_.async_read_some(buffer_.prepare(read_size), as_value);
      if (error) co_return false;
      buffer_.commit(size);
    }
    busy_ = true;
    wire::Parser parser(std::piecewise_construct, std::make_tuple(), std::make_tuple(wire::Allocator(&memory_)));
    parser.eager(true);
    parser.header_limit(settings_.max_header_bytes);
    parser.body_limit(settings_.max_body_bytes);
    error_code error;
    const bool is_whole = take(parser, error);  // Most requests are: a coroutine for them would cost as much as reading them.
    if (!is_whole) error = co_await read_on(parser);
    if (error) {
      if (const auto answer = wire::answer_to(error)) co_await write(*answer, false, true);
      co_return false;
    }
    const wire::Request& request = parser.get();
    const bool keep = request.keep_alive() && !finishing_ && count < settings_.max_requests_per_connection;
    const bool head_only = request.method() == http::verb::head;
    auto response = respond(request);
    if (response.later) response = co_await settled(response.later);
    if (response.stream && !head_only) {
      co_await send_events(response);
      co_return false;
    }
    const auto text = wire::text_of(response, keep, !head_only, memory_);
    const auto rest = send_at_once(text);
    if (rest.empty()) co_return keep;
    const bool is_sent = co_await send(rest);
    co_return is_sent&& keep;
  }

  Awaitable<HttpResponse> settled(const std::function<std::optional<HttpResponse>()>& later) {
    Timer pause(channel_.get_executor());
    const auto start = Clock::now();
    deadline_.never();
    while (!finishing_) {
      if (auto answer = later()) co_return *std::move(answer);
      if (Clock::now() - start > settings_.answer_timeout) co_return error_response(504, "not done yet; it may still be done");
      pause.expires_after(look_again);
      co_await pause.async_wait(as_value);
    }
    co_return error_response(503, "stopping");
  }

  // A client that is gone shows when something is written, so a quiet stream gets a comment now and then.
  Awaitable<void> send_events(const HttpResponse& from) {
    bool gone = !co_await write(from, false, true);
    deadline_.never();
    Timer pause(channel_.get_executor());
    auto written = Clock::now();
    while (!gone && !finishing_) {
      auto text = from.stream();
      if (text.empty() && Clock::now() - written > quiet_stream) text = ":\n\n";
      if (!text.empty()) {
        deadline_.after(settings_.request_timeout);
        const auto [write_error, size] = co_await asio::async_write(channel_, http::make_chunk(asio::buffer(text)), as_value);
        gone = write_error.failed();
        deadline_.never();
        written = Clock::now();
      }
      pause.expires_after(settings_.stream_interval);
      co_await pause.async_wait(as_value);
    }
    if (gone) co_return;
    deadline_.after(linger_time);
    (void)co_await asio::async_write(channel_, http::make_chunk_last(), as_value);
  }

  // What has come goes into the parser. True: the request is whole, or `error` says what is wrong with it.
  bool take(wire::Parser& parser, error_code& error) {
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == http::error::need_more) error = {};
    return error.failed() || parser.is_done();
  }

  Awaitable<error_code> read_on(wire::Parser& parser) {
    const auto start = Clock::now();
    deadline_.at(start + settings_.header_timeout);
    bool in_body = false;
    while (true) {
      if (parser.is_header_done() && !in_body) {
        in_body = true;
        deadline_.at(start + settings_.request_timeout);
        if (!co_await invite_body(parser)) co_return http::error::end_of_stream;
      }
      const auto [read_error, size] = co_await channel_.async_read_some(buffer_.prepare(read_size), as_value);
      if (read_error) co_return read_error;
      buffer_.commit(size);
      error_code error;
      if (take(parser, error)) co_return error;
    }
  }

  // To a client that waits for a word before it sends the body; false: it is gone.
  Awaitable<bool> invite_body(const wire::Parser& parser) {
    if (!beast::iequals(parser.get()[http::field::expect], "100-continue")) co_return true;
    http::response<http::empty_body> go_on(http::status::continue_, 11);
    const auto [error, size] = co_await http::async_write(channel_, go_on, as_value);
    co_return !error;
  }

  HttpResponse respond(const wire::Request& request) const {
    if (!wire::names_one_host(request)) return error_response(400, "the request must name one Host");
    return router_.answer(wire::plain(request, from_loopback_));
  }

  Awaitable<bool> write(const HttpResponse& response, bool keep_alive, bool with_body) {
    const auto text = wire::text_of(response, keep_alive, with_body, memory_);
    co_return co_await send(send_at_once(text));
  }
  // What is left over.
  std::string_view send_at_once(std::string_view text) { return text.substr(channel_.write_at_once(asio::buffer(text))); }
  Awaitable<bool> send(std::string_view text) {
    if (text.empty()) co_return true;
    deadline_.after(settings_.request_timeout);
    const auto [error, size] = co_await asio::async_write(channel_, asio::buffer(text), as_value);
    co_return !error;
  }

  // Reads and drops until the client closes, see `linger_time`.
  Awaitable<void> linger() {
    error_code error;
    deadline_.after(linger_time);
    if (channel_.is_secure()) (void)co_await channel_.async_shutdown(as_value);
    tcp().shutdown(Socket::shutdown_send, error);
    std::array<char, 4096> waste;
    while (!error && !finishing_) {
      const auto [read_error, size] = co_await tcp().async_read_some(asio::buffer(waste), as_value);
      error = read_error;
    }
    close();
  }

  void close() {
    error_code ignored;
    tcp().close(ignored);
  }

  Channel channel_;
  Deadline deadline_{channel_.socket()};
  const HttpSettings& settings_;
  const Router& router_;
  beast::flat_buffer buffer_;
  std::array<std::byte, 1536> small_;
  std::pmr::monotonic_buffer_resource memory_{small_.data(), small_.size()};  // Of one request and its answer.
  bool from_loopback_ = false;
  bool busy_ = false;       // A request has begun and its answer is not sent.
  bool finishing_ = false;  // The server stops.
};

Connection::Connection(Socket socket, const HttpSettings& settings, const Router& router, asio::ssl::context* tls)
    : impl_(std::make_unique<Impl>(std::move(socket), settings, router, tls)) {}
Connection::~Connection() = default;
Awaitable<void> Connection::serve() { return impl_->serve(); }
Awaitable<void> Connection::refuse() { return impl_->refuse(); }
void Connection::finish() { impl_->finish(); }

}  // namespace rekindle
