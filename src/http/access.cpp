#include "http/access.hpp"

#include <arpa/inet.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace rekindle {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Takes the same time wherever the first difference is, so that a token cannot be guessed byte by byte.
bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool has_token(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  return authorization.size() > scheme.size() && equal_ignoring_case(authorization.substr(0, scheme.size()), scheme) &&
         same_secret(authorization.substr(scheme.size()), token);
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  const auto at = origin.find("://");
  return at != std::string_view::npos && equal_ignoring_case(origin.substr(at + 3), host);
}

}  // namespace

std::optional<HttpResponse> refusal(const AccessRules& rules, const HttpRequest& request, bool mutating) {
  if (request.method == "GET" && !mutating) return std::nullopt;
  const bool open = mutating && rules.token.empty();
  if (mutating && !open && !has_token(request.authorization, rules.token)) {
    auto response = error_response(401, "this needs the bearer token");
    response.challenge = "Bearer";
    return response;
  }
  if (open && !request.from_loopback) return error_response(403, "no token is set, so commands are taken from this machine only");
  if ((open || rules.loopback_only) && !is_loopback_name(request.host)) return error_response(403, "foreign Host");
  if (!request.origin.empty() && !is_own_origin(request.origin, request.host)) return error_response(403, "foreign Origin");
  const bool from_elsewhere = !request.fetch_site.empty() && request.fetch_site != "same-origin" && request.fetch_site != "none";
  if (from_elsewhere) return error_response(403, "a page of another site sent this");
  return std::nullopt;
}

bool is_loopback_name(std::string_view host) {
  if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
  host = host.substr(0, host.find(':'));
  if (host == "localhost" || equal_ignoring_case(host, "localhost")) return true;
  // Parsed whole: "127.evil.example" must not pass.
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace rekindle
