#include "http/listen.hpp"

#include <charconv>
#include <system_error>

namespace rekindle {

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [&] { return fail(ErrorCode::configuration, "http.listen: \"{}\" is not HOST:PORT, such as \"127.0.0.1:9464\"", text); };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  ListenAddress out;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return bad();
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return bad();  // Which colon ends an IPv6 address?
  out.host = host;
  return out;
}

}  // namespace rekindle
