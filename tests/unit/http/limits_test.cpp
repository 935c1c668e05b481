#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "client.hpp"
#include "fakes.hpp"
#include "http/server.hpp"

namespace rekindle {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

const std::string get_health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

class Limits : public testing::Test {
 protected:
  std::uint16_t port() {
    if (!server_) {
      server_.emplace(daemon_.settings, daemon_.services);
      const auto started = server_->start();
      EXPECT_TRUE(started.has_value()) << started.error().message;
    }
    return server_->port();
  }
  void expect_still_serving() { EXPECT_EQ(ask(port(), "GET", "/healthz").status, 200); }

  FakeDaemon daemon_;
  std::optional<HttpServer> server_;
};

TEST_F(Limits, ServePipelinedRequestsInOrder) {
  Client client(port());
  client.send(get_health + "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n" + "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.read().body, HasSubstr("ok"));
  EXPECT_THAT(client.read().body, HasSubstr("0.1.0"));
  EXPECT_EQ(client.read().status, 404);
}

TEST_F(Limits, ServeARequestThatComesByteByByte) {
  Client client(port());
  for (const char byte : get_health) client.send({&byte, 1});
  EXPECT_EQ(client.read().status, 200);
}

TEST_F(Limits, CloseWhenTheClientAsksFor) {
  Client client(port());
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_TRUE(client.closed());
  Client old(port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read().status, 200);
  EXPECT_TRUE(old.closed());
}

TEST_F(Limits, CloseAfterSoManyRequests) {
  daemon_.settings.max_requests_per_connection = 2;
  Client client(port());
  client.send(get_health + get_health);
  EXPECT_EQ(client.read().header("connection"), "");
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(Limits, AnswerGarbageWith400AndGoOn) {
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("hello there\r\n\r\n"), std::string("GET /\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nno colon\r\n\r\n"), std::string(200, '\0')}) {
    Client client(port());
    client.send(garbage);
    const auto answer = client.read();
    EXPECT_EQ(answer.status, 400) << garbage;
    EXPECT_THAT(answer.body, HasSubstr("\"error\""));
    EXPECT_TRUE(client.closed());
  }
  expect_still_serving();
}

TEST_F(Limits, AskForExactlyOneHost) {
  for (const std::string hosts : {"", "Host: a\r\nHost: b\r\n"}) {
    Client client(port());
    client.send("GET /healthz HTTP/1.1\r\n" + hosts + "\r\n");
    EXPECT_EQ(client.read().status, 400);
  }
}

TEST_F(Limits, RefuseALargeHeader) {
  Client client(port());
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.read().status, 431);
  EXPECT_TRUE(client.closed());
}

TEST_F(Limits, TakeABodyOfTheLargestSize) {
  std::string body = "{\"x\": 1";
  body += std::string(daemon_.settings.max_body_bytes - body.size() - 1, ' ') + "}";
  EXPECT_EQ(ask(port(), "POST", "/predict", body).status, 200);
}

// The client sends all of it before it reads: the answer must not be lost in a reset.
TEST_F(Limits, RefuseALargeBodyInAnAnswerThatArrives) {
  const std::string body(8 * daemon_.settings.max_body_bytes, ' ');
  const auto answer = ask(port(), "POST", "/predict", body);
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("\"error\""));
  expect_still_serving();
}

TEST_F(Limits, RefuseALargeBodyThatComesInChunks) {
  Client client(port());
  client.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 20; ++i) client.send(chunk);
  EXPECT_EQ(client.read().status, 413);
}

TEST_F(Limits, AskForTheBodyThatAClientHoldsBack) {
  Client client(port());
  client.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("{}");
  EXPECT_EQ(client.read().status, 200);
  Client large(port());
  large.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(large.read().status, 413) << "refused before a byte of it is sent";
}

TEST_F(Limits, DropAClientThatIsSlowWithItsHeader) {
  daemon_.settings.header_timeout = 200ms;
  Client silent(port());
  Client slow(port());
  const auto start = Clock::now();
  // A byte now and then must not buy more time.
  while (Clock::now() - start < 3s && slow.send("G")) std::this_thread::sleep_for(20ms);
  EXPECT_GE(Clock::now() - start, 200ms);
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_TRUE(silent.closed());
  expect_still_serving();
}

TEST_F(Limits, DropAClientThatIsSlowWithItsBody) {
  daemon_.settings.request_timeout = 200ms;
  Client slow(port());
  slow.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
  const auto start = Clock::now();
  while (Clock::now() - start < 3s && slow.send(" ")) std::this_thread::sleep_for(20ms);
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(Limits, CloseAnIdleConnection) {
  daemon_.settings.idle_timeout = 100ms;
  Client client(port());
  client.send(get_health);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.closed());
}

TEST_F(Limits, TellOneConnectionTooMany) {
  daemon_.settings.max_connections = 2;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    clients.back()->send(get_health);
    EXPECT_EQ(clients.back()->read().status, 200);
  }
  Client third(port());
  third.send(get_health);
  const auto answer = third.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("too many connections"));
  EXPECT_TRUE(third.closed());
  clients.pop_back();
  // The place is free as soon as the server has seen the end.
  int status = 0;
  for (const auto start = Clock::now(); status != 200 && Clock::now() - start < 5s;) status = ask(port(), "GET", "/healthz").status;
  EXPECT_EQ(status, 200);
}

TEST_F(Limits, OutliveAFloodOfConnections) {
  daemon_.settings.max_connections = 8;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>(port()));
  clients.clear();
  int status = 0;
  for (const auto start = Clock::now(); status != 200 && Clock::now() - start < 5s;) status = ask(port(), "GET", "/healthz").status;
  EXPECT_EQ(status, 200);
}

TEST_F(Limits, ServeManyClientsAtOnce) {
  const auto at = port();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) good += ask(at, "POST", "/predict", "{\"x\":1}").status == 200;
    });
  }
  for (int i = 0; i < 100; ++i) {
    ++daemon_.snapshot.learner.samples;
    daemon_.publish();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

TEST_F(Limits, StopWithinItsTimeWhateverClientsDo) {
  daemon_.settings.stop_timeout = 200ms;
  Client idle(port());
  idle.send(get_health);
  EXPECT_EQ(idle.read().status, 200);
  Client half(port());
  half.send("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(half.read().status, 100);
  const auto start = Clock::now();
  server_->stop();
  EXPECT_LT(Clock::now() - start, 2s);
  EXPECT_TRUE(idle.closed());
  server_->stop();
}

TEST_F(Limits, StopAtOnceWhenNothingIsUnderWay) {
  daemon_.settings.stop_timeout = 60'000ms;
  Client idle(port());
  idle.send(get_health);
  EXPECT_EQ(idle.read().status, 200);
  Client fresh(port());
  const auto start = Clock::now();
  server_->stop();
  EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(Limits, NameTheAddressThatIsBusy) {
  const auto taken = "127.0.0.1:" + std::to_string(port());
  HttpSettings settings;
  settings.listen = taken;
  HttpServer second(settings, daemon_.services);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::io);
  EXPECT_THAT(started.error().message, HasSubstr(taken));
  EXPECT_THAT(started.error().message, HasSubstr("in use"));
}

TEST_F(Limits, NameTheAddressThatMakesNoSense) {
  HttpSettings settings;
  settings.listen = "nonsense";
  const auto started = HttpServer(settings, daemon_.services).start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::configuration);
}

TEST_F(Limits, GiveThePortBackAfterStop) {
  const auto address = "127.0.0.1:" + std::to_string(port());
  expect_still_serving();
  EXPECT_EQ(server_->url(), "http://" + address);
  server_->stop();
  daemon_.settings.listen = address;
  server_.emplace(daemon_.settings, daemon_.services);
  EXPECT_TRUE(server_->start().has_value());
  expect_still_serving();
}

}  // namespace
}  // namespace rekindle
