// A broker that asks who one is and what one may do: TLS, SCRAM, client certificates, access control lists. What is wrong is told within
// ten seconds; where it is mended on the broker's side learning begins by itself, and what is mended here is taken by `reload`.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"
#include "tests/system/support/secured_broker.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto told_within = 10s;
constexpr std::int64_t samples = 2000;

class Secured : public KafkaTest {
 protected:
  static void TearDownTestSuite() { secured_.reset(); }
  void SetUp() override {
    require_kafka();
    if (IsSkipped() || HasFatalFailure()) return;
    const char* kafka = std::getenv("REKINDLE_KAFKA");
    if (kafka != nullptr && *kafka >= '4' && rd_kafka_version() < 0x020601ff) {
      std::cout << "SKIPPED: SCRAM of librdkafka before 2.6.1 does not work with Kafka 4" << std::endl;
      GTEST_SKIP();
    }
    if (!secured_) secured_ = std::make_unique<SecuredBroker>();
    topic_ = topic_name("clicks");
    secured().broker().create_topic(topic_);
    produce_all(secured().broker().address(), topic_, drifting_stream(samples));
    copy("ca.pem");
    copy("client.crt");
    copy("client.key");
    write_file(folder_ / "password", "secret\n");
  }
  void TearDown() override {
    if (secured_) secured().forbid_all();
  }

  static SecuredBroker& secured() { return *secured_; }
  [[nodiscard]] const std::string& topic() const { return topic_; }
  [[nodiscard]] std::filesystem::path at(const std::string& name) const { return folder_ / name; }
  // A daemon's own copies, for a test to change.
  void copy(const std::string& name, const std::string& as = "") const {
    std::filesystem::copy_file(secured().certificates().file(name), folder_ / (as.empty() ? name : as),
                               std::filesystem::copy_options::overwrite_existing);
  }

  [[nodiscard]] Deployment by_password(const Arguments& more = {}, const std::string& properties = "") const {
    auto all = properties + "\"security.protocol\" = \"sasl_ssl\"\n\"sasl.mechanisms\" = \"SCRAM-SHA-512\"\n";
    all += "\"sasl.username\" = \"rekindle\"\n\"ssl.ca.location\" = \"" + at("ca.pem").string() + "\"\n";
    all += "[kafka.secrets]\n\"sasl.password\" = \"" + at("password").string() + "\"\n";
    return deploy("SASL_SSL", all).with(more);
  }
  [[nodiscard]] Deployment by_certificate(const Arguments& more = {}) const {
    return deploy("SSL", "\"security.protocol\" = \"ssl\"\n\"ssl.ca.location\" = \"" + at("ca.pem").string() + "\"\n" +
                             "\"ssl.certificate.location\" = \"" + at("client.crt").string() + "\"\n\"ssl.key.location\" = \"" +
                             at("client.key").string() + "\"\n")
        .with(more);
  }

  void allow_reading(const std::string& who = SecuredBroker::user) const {
    secured().allow(who, RD_KAFKA_RESOURCE_TOPIC, topic_, RD_KAFKA_ACL_OPERATION_READ);
    secured().allow(who, RD_KAFKA_RESOURCE_GROUP, topic_, RD_KAFKA_ACL_OPERATION_READ);
  }
  static void allow_writing(const std::string& topic, const std::string& who = SecuredBroker::user) {
    secured().allow(who, RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_WRITE);
  }

  // In /readyz and in the log.
  static testing::AssertionResult tells(Daemon& daemon, const std::string& reason) {
    std::string body;
    const bool in_readyz = eventually(
        [&] {
          body = daemon.get("/readyz").body;
          return body.find(reason) != std::string::npos;
        },
        told_within);
    if (in_readyz && daemon.says(reason, 1s)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not told: " << reason << "\n" << body << "\n" << daemon.log();
  }
  static void reload(Daemon& daemon) { daemon.process().send(SIGHUP); }

 private:
  [[nodiscard]] Deployment deploy(const std::string& protocol, const std::string& properties) const {
    auto deployment = write_configuration(folder_.path(), secured().broker().address_of(protocol), topic_);
    std::ofstream(deployment.configuration, std::ios::app) << "[kafka.properties]\n" << properties;
    return deployment;
  }

  static inline std::unique_ptr<SecuredBroker> secured_;
  TemporaryFolder folder_;
  std::string topic_;
};

TEST_F(Secured, ByAPasswordItLearnsAndCommitsWithTheLeastThatIsAllowed) {
  allow_reading();
  Daemon daemon(by_password({"source.on_error=skip", "checkpoint.every=100ms"}));
  ASSERT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return secured().broker().committed(topic(), topic(), 0) == samples; })) << daemon.log();
  EXPECT_EQ(daemon.get("/readyz").status, 200);
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, ByACertificateTheSame) {
  allow_reading(SecuredBroker::owner);
  Daemon daemon(by_certificate({"source.on_error=skip", "checkpoint.every=100ms"}));
  ASSERT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return secured().broker().committed(topic(), topic(), 0) == samples; })) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, ExactlyOnceWithTheLeastThatIsAllowed) {
  const auto predictions = topic() + ".predictions";
  const auto events = topic() + ".events";
  const auto state = topic() + ".state";
  const auto dead = topic() + ".dead";
  for (const auto& each : {predictions, events, dead}) secured().broker().create_topic(each);
  secured().broker().create_topic(state, 1, {{"cleanup.policy", "compact"}});
  allow_reading();
  for (const auto& each : {predictions, events, dead, state}) allow_writing(each);
  secured().allow(SecuredBroker::user, RD_KAFKA_RESOURCE_TOPIC, state, RD_KAFKA_ACL_OPERATION_READ);
  secured().allow_transactions(SecuredBroker::user, "rekindle." + topic());
  Daemon daemon(
      by_password({"checkpoint.every=200ms", "checkpoint.store=kafka", "checkpoint.topic=" + state, "output.predictions=" + predictions,
                   "output.events=" + events, "output.delivery=exactly_once", "output.dead_letter=" + dead}));
  ASSERT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return secured().broker().committed(topic(), topic(), 0) == samples; })) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(consume_all(secured().broker().address(), predictions).size(), static_cast<std::size_t>(samples));
}

TEST_F(Secured, AWrongPasswordIsToldAndTheBrokersChangeTaken) {
  allow_reading();
  write_file(at("password"), "wrong\n");
  Daemon daemon(by_password());
  EXPECT_TRUE(tells(daemon, "uthentication failed"));
  secured().set_password("wrong");
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").status == 200; }));
  EXPECT_EQ(daemon.stop().code, 0);
  secured().set_password("secret");
}

TEST_F(Secured, AnotherPasswordInItsFileIsTakenByReload) {
  allow_reading();
  write_file(at("password"), "wrong\n");
  Daemon daemon(by_password());
  EXPECT_TRUE(tells(daemon, "uthentication failed"));
  write_file(at("password"), "secret\n");
  reload(daemon);
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("kafka.secrets (what they hold)"));
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, AWrongAuthorityIsToldAndAnotherFileTakenByReload) {
  allow_reading();
  copy("stranger.pem", "ca.pem");
  Daemon daemon(by_password());
  EXPECT_TRUE(tells(daemon, "certificate verify failed"));
  copy("ca.pem");
  reload(daemon);
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").status == 200; }));
  EXPECT_EQ(daemon.stop().code, 0);
}

// Another certificate in the middle of a stream: nothing is read twice.
TEST_F(Secured, AnotherCertificateIsTakenInTheMiddle) {
  allow_reading(SecuredBroker::owner);
  const auto deployment = by_certificate();
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(samples)) << daemon.log();
  copy("broker.crt", "client.crt");
  copy("broker.key", "client.key");
  allow_reading("User:CN=broker");
  reload(daemon);
  EXPECT_TRUE(daemon.says("event=reconnecting")) << daemon.log();
  produce_all(secured().broker().address(), topic(), drifting_stream(samples, 8));
  ASSERT_TRUE(daemon.reaches(2 * samples)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(whole_at(inspect_json(deployment.state), "/learned"), 2 * samples);
}

TEST_F(Secured, AnAuthorityThatStateInKafkaCannotCheckIsToldAndAnotherTaken) {
  allow_reading();
  const auto state = topic() + ".state";
  secured().broker().create_topic(state, 1, {{"cleanup.policy", "compact"}});
  allow_writing(state);
  secured().allow(SecuredBroker::user, RD_KAFKA_RESOURCE_TOPIC, state, RD_KAFKA_ACL_OPERATION_READ);
  secured().allow_transactions(SecuredBroker::user, "rekindle." + topic());
  copy("stranger.pem", "ca.pem");
  Daemon daemon(by_password({"checkpoint.store=kafka", "checkpoint.topic=" + state, "source.on_error=skip"}));
  EXPECT_TRUE(tells(daemon, "certificate verify failed"));
  copy("ca.pem");
  reload(daemon);
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, ATopicThatMayNotBeReadIsToldAndReadWhenItMay) {
  Daemon daemon(by_password({"source.on_error=skip"}));
  EXPECT_TRUE(tells(daemon, topic()));
  EXPECT_TRUE(tells(daemon, "uthoriz"));
  allow_reading();
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, AGroupThatMayNotCommitIsTold) {
  secured().allow(SecuredBroker::user, RD_KAFKA_RESOURCE_TOPIC, topic(), RD_KAFKA_ACL_OPERATION_READ);
  Daemon daemon(by_password({"source.on_error=skip", "checkpoint.every=100ms"}));
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  EXPECT_TRUE(daemon.says("roup authorization failed", told_within)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(Secured, ATopicThatMayNotBeWrittenIsToldAndWrittenWhenItMay) {
  const auto predictions = topic() + ".predictions";
  secured().broker().create_topic(predictions);
  allow_reading();
  Daemon daemon(by_password({"source.on_error=skip", "checkpoint.every=100ms", "output.predictions=" + predictions}));
  EXPECT_TRUE(tells(daemon, "uthoriz"));
  EXPECT_TRUE(tells(daemon, predictions));
  allow_writing(predictions);
  EXPECT_TRUE(eventually([&] { return secured().broker().committed(topic(), topic(), 0) == samples; })) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(consume_all(secured().broker().address(), predictions).size(), static_cast<std::size_t>(samples));
}

TEST_F(Secured, AStateThatMayNotBeWrittenIsToldAndWrittenWhenItMay) {
  const auto state = topic() + ".state";
  secured().broker().create_topic(state, 1, {{"cleanup.policy", "compact"}});
  allow_reading();
  allow_writing(state);
  secured().allow(SecuredBroker::user, RD_KAFKA_RESOURCE_TOPIC, state, RD_KAFKA_ACL_OPERATION_READ);
  Daemon daemon(by_password({"checkpoint.store=kafka", "checkpoint.topic=" + state, "source.on_error=skip", "checkpoint.every=100ms"}));
  EXPECT_TRUE(tells(daemon, "uthoriz"));
  secured().allow_transactions(SecuredBroker::user, "rekindle." + topic());
  EXPECT_TRUE(eventually([&] { return secured().broker().committed(topic(), topic(), 0) == samples; })) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

// A secret that comes from a file is looked for wherever text leaves the program.
TEST_F(Secured, ASecretShowsNowhere) {
  const std::string canary = "canary-5d1f0c77";
  allow_reading();
  write_file(at("password"), canary + "\n");
  write_file(at("token"), canary + "\n");
  const auto deployment =
      by_password({"source.on_error=skip", "checkpoint.every=100ms", "log_level=debug", "http.token_file=" + at("token").string()},
                  "debug = \"security,protocol\"\n");
  Daemon daemon(deployment);
  EXPECT_TRUE(tells(daemon, "uthentication failed"));
  secured().set_password(canary);
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  for (const auto* path : {"/", "/status", "/metrics", "/readyz", "/healthz", "/incidents", "/history", "/lr-find"})
    EXPECT_THAT(daemon.get(path).body, Not(HasSubstr(canary))) << path;
  EXPECT_THAT(http_post(daemon.port(), "/-/pin?rate=-1", "", {{"Authorization", "Bearer " + canary + "x"}}).body, Not(HasSubstr(canary)));
  reload(daemon);
  EXPECT_TRUE(daemon.says("event=reloaded")) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_THAT(daemon.log(), Not(HasSubstr(canary)));
  for (const auto& file : std::filesystem::recursive_directory_iterator(deployment.state)) {
    std::ostringstream bytes;
    bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
    EXPECT_THAT(bytes.str(), Not(HasSubstr(canary))) << file.path();
  }
  const auto shown = rekindle({"config", "show", "-c", deployment.configuration.string()});
  EXPECT_EQ(shown.status.code, 0) << shown.err;
  EXPECT_THAT(shown.out + shown.err, Not(HasSubstr(canary)));
  // The broker refuses it again: the error is of the password, and does not show it.
  secured().set_password("secret");
  const auto refused = run(command_line("record", deployment, {"--to", at("out.jsonl").string()}));
  EXPECT_NE(refused.status.code, 0);
  EXPECT_THAT(refused.out + refused.err, AllOf(HasSubstr("uthentication failed"), Not(HasSubstr(canary))));
}

TEST_F(Secured, APlainClientIsToldWhatItMeets) {
  auto deployment = write_configuration(at("."), secured().broker().address_of("SASL_SSL"), topic());
  Daemon daemon(deployment);
  EXPECT_TRUE(tells(daemon, "security.protocol"));
}

}  // namespace
}  // namespace rekindle::system_test
