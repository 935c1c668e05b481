#include "connectors/kafka/kafka_settings.hpp"

#include <gmock/gmock.h>

namespace rekindle::kafka {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CheckKafkaProperty, TakesWhatLibrdkafkaTakes) {
  EXPECT_EQ(check_kafka_property("security.protocol", "sasl_ssl"), "");
  EXPECT_EQ(check_kafka_property("fetch.wait.max.ms", "100"), "");
  EXPECT_EQ(check_kafka_property("group.instance.id", "a"), "");
  EXPECT_EQ(check_kafka_property("enable.ssl.certificate.verification", "true"), "");
  EXPECT_EQ(check_kafka_property("sasl.kerberos.principal", "rekindle/host.example.com@EXAMPLE.COM"), "");
}

TEST(CheckKafkaProperty, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(check_kafka_property("fetch.min.bites", "1"), "is no property of librdkafka; did you mean \"fetch.min.bytes\"?");
  EXPECT_THAT(check_kafka_property("sasl.user", "me"), HasSubstr("is no property"));
  EXPECT_THAT(check_kafka_property("sasl.usernam", "me"), HasSubstr("sasl.username"));  // Has no default.
  EXPECT_EQ(check_kafka_property("utterly.different.from.everything.else", "1"), "is no property of librdkafka");
}

TEST(CheckKafkaProperty, SaysWhichValueIsWrong) {
  EXPECT_THAT(check_kafka_property("security.protocol", "tls"), HasSubstr("tls"));
  EXPECT_THAT(check_kafka_property("fetch.wait.max.ms", "-5"), Not(""));
}

TEST(CheckKafkaProperty, RefusesWhatRekindleOwns) {
  for (const auto* name : {"bootstrap.servers", "metadata.broker.list", "group.id", "enable.auto.commit", "enable.auto.offset.store",
                           "auto.offset.reset", "enable.partition.eof", "isolation.level", "check.crcs", "transactional.id",
                           "allow.auto.create.topics", "acks", "enable.idempotence"}) {
    EXPECT_THAT(check_kafka_property(name, "1"), HasSubstr("is set by")) << name;
  }
}

TEST(CheckKafkaProperty, RefusesWhatRunsCode) {
  for (const auto* name : {"plugin.library.paths", "ssl.engine.location", "ssl.providers", "sasl.kerberos.kinit.cmd", "interceptors"}) {
    EXPECT_THAT(check_kafka_property(name, "x"), HasSubstr("loads code or runs a command")) << name;
  }
  EXPECT_THAT(check_kafka_property("sasl.kerberos.principal", "a$(touch /tmp/x)"), HasSubstr("shell"));
  EXPECT_THAT(check_kafka_property("sasl.kerberos.keytab", "a;b"), HasSubstr("shell"));
}

TEST(CheckKafkaProperty, RefusesUnverifiedCertificatesHoweverTheyAreSpelt) {
  for (const auto* value : {"false", "0", "f"}) {
    EXPECT_THAT(check_kafka_property("enable.ssl.certificate.verification", value), Not("")) << value;
  }
}

TEST(CheckKafkaProperty, NeverShowsASecret) {
  for (const auto* name : {"sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
                           "sasl.oauthbearer.config"}) {
    EXPECT_THAT(check_kafka_property(name, "CANARY\n"), Not(HasSubstr("CANARY"))) << name;
  }
}

TEST(CheckKafkaProperties, FindsWhatOnlyShowsTogether) {
  EXPECT_EQ(check_kafka_properties({"a:1", {}, {}}), "");
  EXPECT_THAT(check_kafka_properties({"a:1", {{"security.protocol", "ssl"}, {"ssl.ca.location", "/nowhere/ca.pem"}}, {}}),
              HasSubstr("ssl.ca.location"));
  EXPECT_THAT(check_kafka_properties({"a:1", {{"security.protocol", "sasl_plaintext"}, {"sasl.mechanisms", "SCRAM-SHA-512"}}, {}}),
              HasSubstr("sasl.username"));
}

}  // namespace
}  // namespace rekindle::kafka
