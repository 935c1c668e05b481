// A minimal HTTP client for tests: one request, one answer, from this machine.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace rekindle::system_test {

struct HttpAnswer {
  int status = 0;                              // 0: no answer at all; then `body` says why.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string> headers = {};
  std::string body = {};
};

[[nodiscard]] HttpAnswer http_send(int port, const HttpRequest& request, std::chrono::milliseconds patience = std::chrono::seconds(10));
[[nodiscard]] HttpAnswer http_get(int port, const std::string& path, std::chrono::milliseconds patience = std::chrono::seconds(10));
[[nodiscard]] HttpAnswer http_post(int port, const std::string& path, const std::string& body,
                                   std::map<std::string, std::string> headers = {});

}  // namespace rekindle::system_test
