#include "http/wire.hpp"

#include <array>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/serializer.hpp>
#include <string_view>

namespace rekindle::wire {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

using Head = http::response<http::empty_body, Fields>;

void describe(const HttpResponse& from, bool keep_alive, Head& out) {
  out.result(static_cast<unsigned>(from.status));
  out.version(11);
  out.set(http::field::content_type, from.content_type);
  if (!from.encoding.empty()) out.set(http::field::content_encoding, from.encoding);
  out.set("X-Content-Type-Options", "nosniff");
  out.set(http::field::cache_control, "no-store");
  out.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
  if (!from.allow.empty()) out.set(http::field::allow, from.allow);
  if (!from.challenge.empty()) out.set(http::field::www_authenticate, from.challenge);
  if (from.stream) {
    out.chunked(true);
  } else {
    out.content_length(from.body.size());
  }
  out.keep_alive(keep_alive);
}

std::string head_of(const HttpResponse& response, bool keep_alive, std::pmr::memory_resource& memory) {
  Head head(std::piecewise_construct, std::make_tuple(), std::make_tuple(Allocator(&memory)));
  describe(response, keep_alive, head);
  http::response_serializer<http::empty_body, Fields> serializer(head);
  serializer.split(true);
  std::string text;
  error_code never;
  serializer.next(never, [&](error_code&, const auto& buffers) { text = beast::buffers_to_string(buffers); });
  return text;
}

struct HeadKey {
  int status = 0;
  std::string_view type;
  std::size_t size = 0;
  bool keep_alive = false;
  friend bool operator==(const HeadKey&, const HeadKey&) = default;
};

// Heads that were made lately: answers to one question differ in little but their length, and a head costs as much as the body.
const std::string& usual_head(const HttpResponse& response, bool keep_alive, std::pmr::memory_resource& memory) {
  struct Made {
    HeadKey key;
    std::string text;
  };
  thread_local std::array<Made, 16> made;
  const HeadKey key{response.status, response.content_type, response.body.size(), keep_alive};
  auto& one = made[key.size % made.size()];
  if (one.key != key) one = {key, head_of(response, keep_alive, memory)};
  return one.text;
}

}  // namespace

HttpRequest plain(const Request& request, bool from_loopback) {
  const auto target = view(request.target());
  const auto question = target.find('?');
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  return {.method = reads ? std::string_view("GET") : view(request.method_string()),
          .path = target.substr(0, question),
          .query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1),
          .body = request.body(),
          .host = view(request[http::field::host]),
          .origin = view(request[http::field::origin]),
          .fetch_site = view(request["Sec-Fetch-Site"]),
          .authorization = view(request[http::field::authorization]),
          .accept_encoding = view(request[http::field::accept_encoding]),
          .last_event_id = view(request["Last-Event-ID"]),
          .from_loopback = from_loopback};
}

bool names_one_host(const Request& request) { return request.version() < 11 || request.count(http::field::host) == 1; }

std::optional<HttpResponse> answer_to(const error_code& error) {
  if (error == http::error::body_limit) return error_response(413, "the body is larger than http.max_body_bytes");
  if (error == http::error::header_limit) return error_response(431, "the header is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return error_response(400, "this is not HTTP: " + error.message());
  }
  return std::nullopt;
}

std::pmr::string text_of(const HttpResponse& response, bool keep_alive, bool with_body, std::pmr::memory_resource& memory) {
  const bool usual = !response.stream && response.encoding.empty() && response.allow.empty() && response.challenge.empty();
  const std::string made = usual ? std::string() : head_of(response, keep_alive, memory);
  const auto& head = usual ? usual_head(response, keep_alive, memory) : made;
  std::pmr::string text(&memory);
  text.reserve(head.size() + response.body.size());
  text += head;
  if (with_body) text += response.body;
  return text;
}

}  // namespace rekindle::wire
