// A client that sends whatever bytes over a real connection, to the routes that every daemon has.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdlib>

#include "http/connection.hpp"
#include "http/page.hpp"
#include "tests/unit/http/fakes.hpp"

namespace {

using namespace rekindle;
using namespace rekindle::on_context;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr const char* token = "correct horse battery staple, and then some";

struct Target {
  Target() : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {
    daemon.settings.max_body_bytes = 4096;
    daemon.settings.max_requests_per_connection = 20;
    daemon.services.more = page_routes();
    daemon.services.more.push_back({"POST", "/-/restart", "restart", [this](const auto&) { return ordered(); }, /*mutating=*/true});
    router.emplace(daemon.services, AccessRules{true, token});
  }
  // No input guesses the token: who gets here without has come past the guard.
  HttpResponse ordered() {
    if (!has_token) std::abort();
    return json_response({{"done", true}});
  }
  FakeDaemon daemon;
  std::optional<Router> router;
  bool has_token = false;
  asio::io_context io{1};
  Acceptor acceptor;
};

// All answers, as they come; the daemon's end must close at last.
Awaitable<> talk(Socket& socket, std::string_view input, std::string& answers) {
  (void)co_await asio::async_write(socket, asio::buffer(input), as_value);
  error_code ignored;
  socket.shutdown(Socket::shutdown_send, ignored);
  std::array<char, 16 * 1024> part;
  while (true) {
    const auto [error, size] = co_await socket.async_read_some(asio::buffer(part), as_value);
    answers.append(part.data(), size);
    if (error) break;
  }
  socket.close(ignored);
}

// The fuzzer's clock rings every now and then, and a connect that it interrupts cannot be called again.
void connect(Socket& client, const tcp::endpoint& to) {
  sigset_t alarm;
  sigset_t before;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, &before);
  client.connect(to);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Awaitable<> serve(Connection& connection, bool& done) {
  co_await connection.serve();
  done = true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target target;
  const std::string_view input(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 16'384));
  target.has_token = input.find(token) != std::string_view::npos;
  Socket client(target.io);
  connect(client, target.acceptor.local_endpoint());
  // Closed at once with a reset, or the ports of this machine are used up.
  client.set_option(asio::socket_base::linger(true, 0));
  std::string answers;
  {
    Connection connection(target.acceptor.accept(), target.daemon.settings, *target.router);
    bool done = false;
    asio::co_spawn(target.io, serve(connection, done), asio::detached);
    asio::co_spawn(target.io, talk(client, input, answers), asio::detached);
    target.io.restart();
    while (!done || client.is_open()) target.io.run_one();
  }
  target.io.poll();  // Timers of the connection that is gone.
  if (!answers.empty() && !answers.starts_with("HTTP/1.1 ")) std::abort();
  if (answers.find("HTTP/1.1 500") != std::string::npos) std::abort();
  return 0;
}
