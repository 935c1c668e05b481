// A schema registry that answers whatever: each line of the input is the body of an answer, the last of them for ever.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "connectors/registry/registry_client.hpp"

namespace {

class Registry {
 public:
  Registry() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0) std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    std::thread([this] { serve(); }).detach();
  }
  void answer_with(std::string bodies) {
    const std::lock_guard lock(mutex_);
    bodies_ = std::move(bodies);
  }
  std::string url;

 private:
  std::string next() {
    const std::lock_guard lock(mutex_);
    const auto end = bodies_.find('\n');
    auto body = bodies_.substr(0, end);
    if (end != std::string::npos) bodies_.erase(0, end + 1);
    // 404 where the body says that it is an error.
    const auto* status = body.find("error_code") == std::string::npos ? "200 OK" : "404 Not Found";
    return std::string("HTTP/1.1 ") + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  void serve() {
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      std::string request;
      char bytes[4096];
      for (ssize_t size = 0; (size = ::read(client, bytes, sizeof bytes)) > 0;) {
        request.append(bytes, static_cast<std::size_t>(size));
        if (!request.ends_with("\r\n\r\n")) continue;
        request.clear();
        const auto answer = next();
        if (::write(client, answer.data(), answer.size()) < 0) break;
      }
      ::close(client);
    }
  }
  int listener_;
  std::mutex mutex_;
  std::string bodies_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rekindle;
  static Registry registry;
  static RegistryClient client({registry.url, "", "", ""});
  registry.answer_with({reinterpret_cast<const char*>(data), size});
  const std::atomic<bool> stop{false};
  const auto reply = client.fetch(1, stop);
  if (reply.kind == RegistryReply::Kind::failed && reply.why.empty()) std::abort();
  if (reply.kind == RegistryReply::Kind::schema && reply.schema.problem.empty() && reply.schema.text.empty() &&
      reply.schema.kind != SchemaKind::json) {
    std::abort();
  }
  return 0;
}
