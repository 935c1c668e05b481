#include "app/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <string_view>

#include "http/listen.hpp"

namespace rekindle {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds patience{15};
constexpr std::uint64_t most_bytes = 64U << 20U;

Result<ListenAddress> address_of(std::string_view url) {
  if (url.starts_with("https://")) return fail(ErrorCode::usage, "\"{}\": only http:// can be asked", url);
  if (url.starts_with("http://")) url.remove_prefix(7);
  while (url.ends_with('/')) url.remove_suffix(1);
  const bool has_port = url.find(':', url.starts_with('[') ? url.find(']') : 0) != std::string_view::npos;
  auto address = parse_listen(has_port ? std::string(url) : std::string(url) + ":80");
  if (!address || address->host.empty()) return fail(ErrorCode::usage, "\"{}\" is no address such as http://127.0.0.1:9464", url);
  return address;
}

// Each step is asynchronous only so that it ends in time.
class Exchange {
 public:
  explicit Exchange(http::request<http::string_body> request) : request_(std::move(request)) { parser_.body_limit(most_bytes); }

  error_code run(const ListenAddress& to) {
    error_code error;
    asio::ip::tcp::resolver resolver(io_);
    const auto found = resolver.resolve(to.host, std::to_string(to.port), error);
    if (error) return error;
    stream_.expires_after(patience);
    stream_.async_connect(found, [&](error_code failed, const auto&) {
      error = failed;
      if (!failed) send(error);
    });
    io_.run();
    return error;
  }

  [[nodiscard]] HttpReply reply() {
    auto response = parser_.release();
    return {static_cast<int>(response.result_int()), std::move(response.body())};
  }

 private:
  void send(error_code& error) {
    http::async_write(stream_, request_, [&](error_code failed, std::size_t) {
      error = failed;
      if (!failed) http::async_read(stream_, buffer_, parser_, [&](error_code ended, std::size_t) { error = ended; });
    });
  }

  asio::io_context io_{1};
  beast::tcp_stream stream_{io_};
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

Result<HttpReply> http_request(const std::string& url, const std::string& method, const std::string& path, const std::string& body,
                               const std::string& token) {
  const auto address = address_of(url);
  if (!address) return tl::unexpected(address.error());
  http::request<http::string_body> request(http::string_to_verb(method), path, 11);
  const bool is_v6 = address->host.find(':') != std::string::npos;
  request.set(http::field::host, fmt::format("{}:{}", is_v6 ? "[" + address->host + "]" : address->host, address->port));
  request.set(http::field::connection, "close");
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  Exchange exchange(std::move(request));
  if (const auto error = exchange.run(*address)) return fail(ErrorCode::unavailable, "{}: {}", url, error.message());
  return exchange.reply();
}

}  // namespace rekindle
