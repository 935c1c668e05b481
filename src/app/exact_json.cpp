#include "app/exact_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <string>

namespace rekindle {

namespace {

namespace json = boost::json;
using Code = boost::system::error_code;

// What Boost.JSON's parser does with the parts of a document, but for `on_double`.
struct Handler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value_stack stack;
  std::string number;  // What came of one so far.

  // clang-format off
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t n, Code&) { stack.push_object(n); return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t n, Code&) { stack.push_array(n); return true; }
  bool on_key_part(json::string_view s, std::size_t, Code&) { stack.push_chars(s); return true; }
  bool on_key(json::string_view s, std::size_t, Code&) { stack.push_key(s); return true; }
  bool on_string_part(json::string_view s, std::size_t, Code&) { stack.push_chars(s); return true; }
  bool on_string(json::string_view s, std::size_t, Code&) { stack.push_string(s); return true; }
  bool on_number_part(json::string_view s, Code&) { number.append(s.data(), s.size()); return true; }
  bool on_int64(std::int64_t i, json::string_view, Code&) { number.clear(); stack.push_int64(i); return true; }
  bool on_uint64(std::uint64_t u, json::string_view, Code&) { number.clear(); stack.push_uint64(u); return true; }
  bool on_bool(bool b, Code&) { stack.push_bool(b); return true; }
  bool on_null(Code&) { stack.push_null(); return true; }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }
  // clang-format on

  bool on_double(double rounded, json::string_view s, Code& /*code*/) {
    number.append(s.data(), s.size());
    double exact = 0;
    const auto* const end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, exact);
    stack.push_double(error == std::errc{} && rest == end ? exact : rounded);
    number.clear();
    return true;
  }
};

}  // namespace

Result<json::value> parse_exact_json(std::string_view text) {
  json::basic_parser<Handler> parser{json::parse_options()};
  parser.handler().stack.reset();
  Code code;
  const auto taken = parser.write_some(/*more=*/false, text.data(), text.size(), code);
  if (!code && taken < text.size()) code = json::error::extra_data;
  if (code) return fail(ErrorCode::data, "not JSON: {}", code.message());
  return parser.handler().stack.release();
}

}  // namespace rekindle
