#include "http/tls.hpp"

#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>

#include "certificate.hpp"
#include "client.hpp"
#include "fakes.hpp"
#include "http/server.hpp"

namespace rekindle {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

class TlsFiles : public testing::Test {
 protected:
  TlsFiles() : folder_(std::filesystem::temp_directory_path() / ("tls_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~TlsFiles() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file(const std::string& text, mode_t mode = 0600) {
    const auto path = (folder_ / std::to_string(++count_)).string();
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  [[nodiscard]] std::string refusal_of_key(const std::string& path, const std::string& certificates = make_identity().certificates) {
    const auto read = read_tls_key(path, certificates);
    if (read) return "";
    EXPECT_EQ(read.error().code, ErrorCode::configuration);
    return read.error().message;
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

TEST_F(TlsFiles, AreReadWhole) {
  const auto made = make_identity();
  const auto certificates = read_tls_certificates(file(made.certificates, 0644));
  ASSERT_TRUE(certificates.has_value());
  EXPECT_EQ(*certificates, made.certificates);
  EXPECT_EQ(*read_tls_key(file(made.key), *certificates), made.key);
  EXPECT_EQ(*read_tls_key(file(made.key, 0640), *certificates), made.key) << "a group for certificates is usual";
  const auto rsa = make_identity(1, -60, 3600, 2048);
  EXPECT_EQ(*read_tls_key(file(rsa.key), rsa.certificates), rsa.key);
}

TEST_F(TlsFiles, WithoutACertificateAreRefused) {
  EXPECT_THAT(read_tls_certificates("/nowhere/c.pem").error().message, "cannot be read from /nowhere/c.pem: No such file or directory");
  EXPECT_THAT(read_tls_certificates(file("")).error().message, HasSubstr("it is empty"));
  EXPECT_THAT(read_tls_certificates(file(make_identity().key)).error().message, HasSubstr("holds no certificate in PEM form"));
  EXPECT_THAT(read_tls_certificates("/").error().message, HasSubstr("cannot be read from /: Is a directory"));
  EXPECT_THAT(read_tls_certificates(file(std::string(2 << 20, 'x'))).error().message, HasSubstr("is larger than 1 MiB"));
}

TEST_F(TlsFiles, OfAKeyThatIsNoneOrAnothersAreRefused) {
  const auto made = make_identity();
  EXPECT_THAT(refusal_of_key("/nowhere/k.pem"), HasSubstr("cannot be read from /nowhere/k.pem"));
  EXPECT_THAT(refusal_of_key(file(made.certificates)), HasSubstr("holds no private key in PEM form"));
  EXPECT_THAT(refusal_of_key(file(make_identity(1, -60, 3600, 0, "word").key)), HasSubstr("has a passphrase"));
  EXPECT_THAT(refusal_of_key(file(made.key), make_identity().certificates), HasSubstr("is not that of http.tls_certificate"));
  const auto of_another_kind = make_identity(1, -60, 3600, 2048);
  EXPECT_THAT(refusal_of_key(file(made.key), of_another_kind.certificates), HasSubstr("is not that of http.tls_certificate"));
}

TEST_F(TlsFiles, OfAKeyThatOthersCanReadAreRefused) {
  const auto made = make_identity();
  for (const mode_t mode : {0644, 0604, 0660, 0606}) {
    EXPECT_THAT(refusal_of_key(file(made.key, mode), made.certificates), HasSubstr("others on this machine may read or write")) << mode;
  }
}

TEST(Tls, TellsACertificateThatClientsWillRefuse) {
  EXPECT_EQ(certificate_problem(make_identity().certificates), "");
  EXPECT_THAT(certificate_problem(make_identity(1, -7200, -3600).certificates), HasSubstr("has expired on "));
  EXPECT_THAT(certificate_problem(make_identity(1, 3600, 7200).certificates), HasSubstr("is not valid before "));
}

TEST(Tls, RefusesAKeyThatIsTooShort) {
  const auto refused = make_tls_context(make_identity(1, -60, 3600, 512));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("key too small"));
}

// A client by OpenSSL alone.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int newest = TLS1_3_VERSION) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_);
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  ~TlsClient() { ::close(socket_); }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] long serial() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    return ASN1_INTEGER_get(X509_get_serialNumber(certificate.get()));
  }
  bool send(const std::string& text) { return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0; }
  // All that comes until the other end says that no more does. `ended_well`: it said so.
  std::string read_all() {
    std::string out;
    char part[16384];
    int size = 0;
    while ((size = SSL_read(ssl_.get(), part, sizeof part)) > 0) out.append(part, static_cast<std::size_t>(size));
    ended_well = SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
    if (ended_well) SSL_shutdown(ssl_.get());
    return out;
  }
  bool ended_well = false;

 private:
  int socket_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
  bool connected_ = false;
};

const std::string last_request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

class Https : public testing::Test {
 protected:
  Https() { daemon_.settings.tls = make_identity(7); }
  HttpServer& server() {
    if (!server_) {
      server_.emplace(daemon_.settings, daemon_.services);
      const auto started = server_->start();
      EXPECT_TRUE(started.has_value()) << started.error().message;
    }
    return *server_;
  }
  std::uint16_t port() { return server().port(); }
  std::string ask_once() {
    TlsClient client(port());
    return client.connected() && client.send(last_request) ? client.read_all() : "";
  }

  FakeDaemon daemon_;
  std::optional<HttpServer> server_;
};

TEST_F(Https, AnswersAndSaysWhenItEnds) {
  EXPECT_THAT(server().url(), testing::StartsWith("https://127.0.0.1:"));
  TlsClient client(port());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_TRUE(client.send("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n" + last_request));
  const auto answers = client.read_all();
  EXPECT_THAT(answers, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answers, HasSubstr("0.1.0"));
  EXPECT_THAT(answers, testing::EndsWith("{\"status\":\"ok\"}\n"));
  EXPECT_TRUE(client.ended_well) << "an answer that was cut off must not look whole";
}

TEST_F(Https, TakesLargeBodiesAndGivesLargeAnswers) {
  daemon_.services.more.push_back(
      {"GET", "/large", "", [](const auto&) { return HttpResponse{.body = std::string(3 << 20, 'x'), .allow = {}, .challenge = {}}; },
       false});
  TlsClient client(port());
  const auto body = "{\"x\": 1" + std::string(500'000, ' ') + "}";
  EXPECT_TRUE(
      client.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  EXPECT_TRUE(client.send("GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  const auto answers = client.read_all();
  EXPECT_THAT(answers, HasSubstr("\"prediction\""));
  EXPECT_GT(answers.size(), std::size_t{3} << 20);
  EXPECT_TRUE(client.ended_well);
}

TEST_F(Https, SpeaksTls12ButNothingOlder) {
  TlsClient old(port(), TLS1_2_VERSION);
  ASSERT_TRUE(old.connected());
  EXPECT_EQ(old.version(), "TLSv1.2");
  EXPECT_FALSE(TlsClient(port(), TLS1_1_VERSION).connected());
  EXPECT_FALSE(TlsClient(port(), TLS1_VERSION).connected());
  EXPECT_THAT(ask_once(), HasSubstr("200 OK"));
}

TEST_F(Https, TellsWhoForgotTheS) {
  const auto answer = ask(port(), "GET", "/healthz");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("ask by https://"));
  EXPECT_TRUE(answer.body.ends_with("}\n"));
  EXPECT_THAT(ask_once(), HasSubstr("200 OK"));
}

TEST_F(Https, OutlivesGarbage) {
  for (const std::string& garbage : {std::string(300, '\0'), std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x'),
                                     std::string("\x15\x03\x03\x00\x02\x02\x28", 7), std::string("\x80\x2e\x01\x00\x02", 5)}) {
    Client client(port());
    client.send(garbage);
    EXPECT_EQ(client.read().status, 0);
  }
  EXPECT_THAT(ask_once(), HasSubstr("200 OK"));
}

TEST_F(Https, DropsAClientThatIsSlowWithItsHandshake) {
  daemon_.settings.header_timeout = 200ms;
  Client silent(port());
  Client slow(port());
  const auto start = Clock::now();
  const std::string hello = std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(500, 'x');
  for (std::size_t i = 0; Clock::now() - start < 3s && slow.send({&hello[i % hello.size()], 1}); ++i) std::this_thread::sleep_for(20ms);
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_TRUE(silent.closed());
  daemon_.settings.header_timeout = 10s;
  EXPECT_THAT(ask_once(), HasSubstr("200 OK"));
}

TEST_F(Https, TellsThatThereAreTooMany) {
  daemon_.settings.max_connections = 1;
  TlsClient first(port());
  ASSERT_TRUE(first.connected());
  EXPECT_THAT(ask_once(), HasSubstr("503"));
}

TEST_F(Https, ShowsANewCertificateFromTheNextConnectionOn) {
  TlsClient before(port());
  EXPECT_EQ(before.serial(), 7);
  EXPECT_FALSE(server().set_tls(TlsIdentity{"nonsense", "nonsense"}).has_value());
  EXPECT_TRUE(server().set_tls(make_identity(8)).has_value());
  TlsClient after(port());
  ASSERT_TRUE(after.connected());
  EXPECT_EQ(after.serial(), 8);
  EXPECT_TRUE(before.send(last_request)) << "the old one is of use to those who have it";
  EXPECT_THAT(before.read_all(), HasSubstr("200 OK"));
  EXPECT_TRUE(server().set_tls(std::nullopt).has_value());
  EXPECT_EQ(ask(port(), "GET", "/healthz").status, 200);
}

TEST_F(Https, StopsWhileClientsAreConnected) {
  TlsClient idle(port());
  Client silent(port());
  const auto start = Clock::now();
  server().stop();
  EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(Https, DoesNotStartWithoutAUsableCertificate) {
  daemon_.settings.tls = TlsIdentity{"nonsense", "nonsense"};
  HttpServer wrong(daemon_.settings, daemon_.services);
  const auto refused = wrong.start();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::configuration);
}

}  // namespace
}  // namespace rekindle
