#include "http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>

#include "http/connection.hpp"
#include "http/listen.hpp"
#include "http/on_context.hpp"

namespace rekindle {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace on_context;

// Connections over the limit that are being told so; beyond that, they are closed without a word.
constexpr std::size_t max_refusals = 32;

using Connections = std::unordered_set<Connection*>;

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpSettings settings, HttpServices services) : settings_(std::move(settings)), services_(std::move(services)) {}
  ~Impl() { stop(); }

  Status start() {
    auto tls = context_of(settings_.tls);
    if (!tls) return tl::unexpected(tls.error());
    tls_ = *std::move(tls);
    if (auto bound = bind(); !bound) return bound;
    router_.emplace(std::move(services_), AccessRules{local_.address().is_loopback(), settings_.token});
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    ::pthread_setname_np(thread_.native_handle(), "http");  // For those who look with top -H or perf.
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { begin_stop(); });
    thread_.join();
    draining_ = false;
  }

  void set_token(std::string token) {
    asio::post(io_, [this, token = std::move(token)]() mutable { router_->set_token(std::move(token)); });
  }

  Status set_tls(const std::optional<TlsIdentity>& identity) {
    auto tls = context_of(identity);
    if (!tls) return tl::unexpected(tls.error());
    asio::post(io_, [this, tls = *std::move(tls)]() mutable { tls_ = std::move(tls); });
    return {};
  }

  [[nodiscard]] bool is_secure() const { return settings_.tls.has_value(); }
  [[nodiscard]] const tcp::endpoint& local() const { return local_; }

 private:
  using TlsContext = std::shared_ptr<asio::ssl::context>;  // Null: no TLS.

  static Result<TlsContext> context_of(const std::optional<TlsIdentity>& identity) {
    return identity ? make_tls_context(*identity) : Result<TlsContext>(nullptr);
  }

  Status bind() {
    const auto address = parse_listen(settings_.listen);
    if (!address) return tl::unexpected(address.error());
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(address->host.empty() ? "0.0.0.0" : address->host, std::to_string(address->port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return fail(ErrorCode::configuration, "http.listen: \"{}\": {}", settings_.listen, error.message());
    const tcp::endpoint wanted = found.begin()->endpoint();
    acceptor_.open(wanted.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(wanted, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) local_ = acceptor_.local_endpoint(error);
    if (!error) return {};
    error_code ignored;
    acceptor_.close(ignored);
    return fail(ErrorCode::io, "cannot listen on {}: {}", settings_.listen, error.message());
  }

  Awaitable<> accept() {
    while (!stopping_) {
      Socket socket(io_);
      const auto [error] = co_await acceptor_.async_accept(socket, as_value);
      if (stopping_) co_return;
      if (error) {
        // Out of file descriptors, most likely: asking again at once would spin.
        retry_.expires_after(std::chrono::milliseconds(100));
        (void)co_await retry_.async_wait(as_value);
      } else if (connections_.size() < settings_.max_connections) {
        asio::co_spawn(io_, serve(std::make_unique<Entry>(*this, connections_, std::move(socket))), asio::detached);
      } else if (refusals_.size() < max_refusals) {
        asio::co_spawn(io_, refuse(std::make_unique<Entry>(*this, refusals_, std::move(socket))), asio::detached);
      }
    }
  }

  // A connection and its place in one of the two sets, which it leaves when the coroutine that holds it ends, however it ends.
  class Entry {
   public:
    Entry(Impl& server, Connections& in, Socket socket)
        : connection(std::move(socket), server.settings_, *server.router_, server.tls_.get()), server_(server), in_(in) {
      in_.insert(&connection);
    }
    ~Entry() {
      in_.erase(&connection);
      server_.end_stop_when_empty();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    Connection connection;

   private:
    Impl& server_;
    Connections& in_;
  };

  static Awaitable<> serve(std::unique_ptr<Entry> entry) { co_await entry->connection.serve(); }
  static Awaitable<> refuse(std::unique_ptr<Entry> entry) { co_await entry->connection.refuse(); }

  void begin_stop() {
    stopping_ = true;
    draining_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (Connection* one : connections_) one->finish();
    for (Connection* one : refusals_) one->finish();
    grace_.expires_after(settings_.stop_timeout);
    grace_.async_wait([this](const error_code& error) {
      if (!error) io_.stop();
    });
    end_stop_when_empty();
  }

  // With the last timer gone the thread has nothing left to wait for.
  void end_stop_when_empty() {
    if (draining_ && connections_.empty() && refusals_.empty()) grace_.cancel();
  }

  const HttpSettings settings_;
  HttpServices services_;  // Until `start` hands them to the router.
  std::optional<Router> router_;
  tcp::endpoint local_;
  TlsContext tls_;
  bool stopping_ = false;    // This, the next three and `tls_`: HTTP thread only, while it runs.
  bool draining_ = false;    // Stopping, and the timers still live.
  Connections connections_;  // Before `io_`, whose end may destroy coroutines that take themselves out of these.
  Connections refusals_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // All reading and writing is the one thread's; others only post.
  Acceptor acceptor_{io_};
  Timer retry_{io_};
  Timer grace_{io_};
  std::thread thread_;
};

HttpServer::HttpServer(HttpSettings settings, HttpServices services)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(services))) {}
HttpServer::~HttpServer() = default;

Status HttpServer::start() { return impl_->start(); }
void HttpServer::stop() { impl_->stop(); }
void HttpServer::set_token(std::string token) { impl_->set_token(std::move(token)); }
Status HttpServer::set_tls(const std::optional<TlsIdentity>& tls) { return impl_->set_tls(tls); }
std::uint16_t HttpServer::port() const { return impl_->local().port(); }

std::string HttpServer::url() const {
  const auto& local = impl_->local();
  const std::string host = local.address().to_string();
  return fmt::format("{}://{}:{}", impl_->is_secure() ? "https" : "http", local.address().is_v6() ? "[" + host + "]" : host, local.port());
}

}  // namespace rekindle
