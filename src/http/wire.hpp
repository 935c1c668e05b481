// What goes over the wire: Beast's messages to and from our plain ones.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory_resource>
#include <optional>
#include <string>

#include "http/message.hpp"

namespace rekindle::wire {

// The fields of a message lie in the memory that its maker names: each of them by itself would be an allocation.
using Allocator = std::pmr::polymorphic_allocator<char>;
using Fields = boost::beast::http::basic_fields<Allocator>;
using Request = boost::beast::http::request<boost::beast::http::string_body, Fields>;
using Parser = boost::beast::http::request_parser<boost::beast::http::string_body, Allocator>;

// The views are of `request`.
[[nodiscard]] HttpRequest plain(const Request& request, bool from_loopback);

// HTTP/1.1 wants exactly one Host.
[[nodiscard]] bool names_one_host(const Request& request);

// The answer to a request that could not be read; nothing where there is nobody to answer.
[[nodiscard]] std::optional<HttpResponse> answer_to(const boost::system::error_code& error);

// Status line and fields with the empty line after them, and the body where it is to be sent. Of a stream the header only: what comes
// goes in chunks. All of it lies in `memory`.
[[nodiscard]] std::pmr::string text_of(const HttpResponse& response, bool keep_alive, bool with_body, std::pmr::memory_resource& memory);

}  // namespace rekindle::wire
