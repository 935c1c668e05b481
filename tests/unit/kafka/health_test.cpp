#include "connectors/kafka/health.hpp"

#include <gmock/gmock.h>

namespace rekindle::kafka {
namespace {

using testing::HasSubstr;

TEST(PlainReason, KeepsWhoAndWhat) {
  EXPECT_EQ(
      plain_reason("127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)"),
      "127.0.0.1:9092: connection refused");
  EXPECT_EQ(
      plain_reason("[thrd:nowhere:9092/bootstrap]: nowhere:9092/bootstrap: Failed to resolve 'nowhere:9092': Name or service not known"),
      "nowhere:9092: failed to resolve 'nowhere:9092': Name or service not known");
  EXPECT_EQ(plain_reason("ssl://127.0.0.1:9092/1: SSL handshake failed: certificate verify failed"),
            "127.0.0.1:9092: SSL handshake failed: certificate verify failed");
  EXPECT_EQ(plain_reason("a:1: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)"),
            "a:1: connection refused");
  EXPECT_EQ(plain_reason("1/1 brokers are down"), "1/1 brokers are down");
  EXPECT_EQ(plain_reason(""), "");
  EXPECT_EQ(plain_reason("x: "), "x: ");
}

TEST(Health, SaysWhyItIsNotConnected) {
  Health health("a:1,b:2");
  EXPECT_FALSE(health.connected());
  EXPECT_EQ(health.problem(), "a:1,b:2: not connected yet");
  health.failed(RD_KAFKA_RESP_ERR__TRANSPORT, "a:1/bootstrap: Connect to ipv4#1.2.3.4:1 failed: Connection refused");
  health.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "2/2 brokers are down");
  EXPECT_EQ(health.problem(), "a:1: connection refused; retrying");
}

// A listener for TLS closes the connection of a client that speaks without, and librdkafka says no more than that.
TEST(Health, AsksForTheProtocolWhereNothingElseIsKnown) {
  Health health("a:1");
  health.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_THAT(health.problem(), testing::HasSubstr("security.protocol"));
  health.reached();
  health.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_EQ(health.problem(), "a:1: connection lost; retrying");
}

TEST(Health, OneBrokerOfSeveralMayFail) {
  Health health("a:1");
  health.reached();
  health.failed(RD_KAFKA_RESP_ERR__TRANSPORT, "a:1/1: Disconnected");
  EXPECT_TRUE(health.connected());
  EXPECT_EQ(health.problem(), "");
  health.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_FALSE(health.connected());
  EXPECT_EQ(health.problem(), "a:1: disconnected; retrying");
  health.reached();
  EXPECT_TRUE(health.connected());
  EXPECT_EQ(health.problem(), "");
}

TEST(Health, ARefusedPasswordSaysMoreThanAClosedConnection) {
  Health health("a:1");
  health.failed(RD_KAFKA_RESP_ERR__AUTHENTICATION, "sasl_plaintext://a:1/bootstrap: SASL authentication error: Authentication failed");
  health.failed(RD_KAFKA_RESP_ERR__TRANSPORT, "sasl_plaintext://a:1/bootstrap: Disconnected");
  EXPECT_THAT(health.problem(), HasSubstr("a:1: SASL authentication error: Authentication failed"));
}

TEST(Health, AForgottenFailureDoesNotExplainALaterOne) {
  Health health("a:1");
  health.reached();
  health.failed(RD_KAFKA_RESP_ERR__TRANSPORT, "a:1/1: Disconnected");
  health.reached();
  health.unanswered();
  EXPECT_EQ(health.problem(), "a:1: no answer; retrying");
}

}  // namespace
}  // namespace rekindle::kafka
