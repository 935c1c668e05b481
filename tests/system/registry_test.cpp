// Records as other people's clients write them, with a schema registry or a schema file, and what a registry that is away means.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <iostream>
#include <memory>
#include <sstream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/free_port.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t samples = 2000;
const std::string clients = REKINDLE_CLIENTS;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream from(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(from, line);) out.push_back(line);
  return out;
}

// {"id","t","a","b","x","c","u","y"}, every seventh b null.
std::vector<std::string> rows() {
  std::vector<std::string> out;
  unsigned state = 1;
  const auto next = [&state] { return static_cast<double>((state = state * 1'664'525U + 1'013'904'223U) >> 8) / (1 << 24) - 0.5; };
  for (std::int64_t i = 0; i < samples; ++i) {
    const double a = next();
    const double x = next();
    const auto b = i % 7 == 0 ? std::string("null") : fmt::format("{}", next());
    out.push_back(fmt::format(R"({{"id":"k{}","t":{},"a":{},"b":{},"x":[{},{}],"c":"{}","u":{{"n":{}}},"y":{}}})", i, 1'700'000'000'000 + i,
                              a, b, x, next(), next() > 0 ? "RED" : "GREEN", i % 11, a + x + next() / 4 > 0 ? 1 : 0));
  }
  return out;
}

class Formats : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const auto made = run({clients + "/venv.sh", REKINDLE_CLIENTS_WORK}, {}, std::chrono::seconds(300));
    if (made.status.code != 0) {
      std::cout << "SKIPPED: " << made.err;
      GTEST_SKIP() << made.err;
    }
    python_ = lines_of(made.out).at(0);
    write_lines(json_, rows());
  }

  [[nodiscard]] Deployment configured() { return configured(folder(), create_topic("samples")); }
  [[nodiscard]] static Deployment configured(const std::filesystem::path& where, const std::string& topic) {
    return write_configuration(where, broker().address(), topic)
        .with({"schema.id=id", "schema.time=t", R"(schema.features=["a","b","x","u.n"])", R"(schema.categorical=["c"])",
               R"(schema.missing={default="reject",b="mean"})"});
  }

  void produce(const std::string& form, const std::string& registry = "http://127.0.0.1:1", int partitions = 1,
               const std::string& topic = "samples") {
    const auto outcome = run({python_, clients + "/produce.py", broker().address(), topic_name(topic), registry, form, json_.string(),
                              std::to_string(partitions)});
    ASSERT_EQ(outcome.status.code, 0) << outcome.err;
  }

  // The topic, learned by the daemon, ends where the same samples as JSON do.
  void learns_as_json(const Deployment& deployment, const std::string& format, Arguments schema, int times = 1) {
    auto lines = rows();
    const auto once = lines;
    for (int i = 1; i < times; ++i) lines.insert(lines.end(), once.begin(), once.end());
    schema.push_back("source.format=" + format);
    const auto end = learn_until(deployment.with(schema), samples * times);
    EXPECT_EQ(whole_at(end, "/learned"), samples * times);
    EXPECT_EQ(text_at(end, "/state_hash"), text_at(replayed(deployment, lines), "/state_hash")) << format;
  }

  // A stub of ours on that port.
  [[nodiscard]] std::unique_ptr<Process> stub(int port, const Arguments& more = {}) const {
    Arguments command = {python_, clients + "/stub_registry.py", std::to_string(port)};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<Process>(command);
  }

  static void wait_for(int port, const std::string& path) {
    ASSERT_TRUE(
        eventually([&] { return http_get(port, path).status == 200 || http_get(port, path).status == 404; }, std::chrono::seconds(90)))
        << "no registry on port " << port;
  }

  const std::filesystem::path json_ = folder() / "rows.jsonl";
  std::string python_;
};

// Apicurio where there is a Java for it, else the stub.
class Registry : public Formats {
 protected:
  void SetUp() override {
    Formats::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const int port = free_port();
    const auto fetched = run({clients + "/fetch_apicurio.sh"}, {}, std::chrono::seconds(300));
    if (fetched.status.code == 0) {
      const auto where = lines_of(fetched.out);
      url_ = fmt::format("http://127.0.0.1:{}/apis/ccompat/v7", port);
      std::cout << "the registry is Apicurio, in " << where.at(1) << "\n";
      ProcessOptions options;
      options.folder = where.at(1);
      options.environment = {{"QUARKUS_HTTP_HOST", "127.0.0.1"},
                             {"QUARKUS_HTTP_PORT", std::to_string(port)},
                             {"QUARKUS_MANAGEMENT_HOST", "127.0.0.1"},
                             {"QUARKUS_MANAGEMENT_PORT", std::to_string(free_port())}};
      registry_ = std::make_unique<Process>(Arguments{where.at(0), "-Xmx384m", "-jar", "quarkus-run.jar"}, options);
      wait_for(port, "/apis/ccompat/v7/subjects");
    } else {
      std::cout << "the registry is a stub: " << fetched.err;
      url_ = fmt::format("http://127.0.0.1:{}", port);
      registry_ = stub(port);
      wait_for(port, "/subjects");
    }
  }

  std::string url_;
  std::unique_ptr<Process> registry_;
};

TEST_F(Registry, RecordsOfEveryFormatAreLearnedAsJsonIs) {
  for (const std::string format : {"avro", "protobuf", "json"}) {
    SCOPED_TRACE(format);
    const auto topic = topic_name("samples") + "-" + format;
    broker().create_topic(topic);
    const auto made = run({python_, clients + "/produce.py", broker().address(), topic, url_, format, json_.string()});
    ASSERT_EQ(made.status.code, 0) << made.err;
    const auto own = folder() / format;
    std::filesystem::create_directory(own);
    learns_as_json(configured(own, topic), format, {fmt::format("source.registry=\"{}\"", url_)});
  }
}

TEST_F(Registry, AChangedSchemaIsFollowedByName) {
  const auto deployment = configured();
  produce("avro", url_);
  const auto compatibility = run({python_, "-c",
                                  "import sys,urllib.request as u; u.urlopen(u.Request(sys.argv[1], b'{\"compatibility\":\"NONE\"}', "
                                  "{'Content-Type':'application/json'}, method='PUT'))",
                                  url_ + "/config"});
  (void)compatibility;  // The stub has no rules to switch off.
  produce("avro-changed", url_);
  produce("avro", url_);
  learns_as_json(deployment, "avro", {fmt::format("source.registry=\"{}\"", url_)}, 3);
}

TEST_F(Formats, RecordsWithASchemaFileAreLearnedAsJsonIs) {
  const auto deployment = configured();
  produce("avro-plain");
  learns_as_json(deployment, "avro", {fmt::format("source.schema_file=\"{}.avsc\"", json_.string())});
}

TEST_F(Formats, OfProtobufToo) {
  const auto deployment = configured();
  produce("protobuf-plain");
  learns_as_json(deployment, "protobuf", {fmt::format("source.schema_file=\"{}.proto\"", json_.string()), "source.message=Sample"});
}

TEST_F(Formats, ARegistryThatIsAwayIsWaitedForAndAnUnknownSchemaIsNot) {
  const auto deployment = configured();
  const int port = free_port();
  const auto url = fmt::format("http://127.0.0.1:{}", port);
  const Arguments kept = {"--keep", (folder() / "registry.json").string()};
  auto registry = stub(port, kept);
  wait_for(port, "/subjects");
  produce_all(broker().address(), topic_name("samples"), std::vector<std::string>{std::string("\0\0\0\0\x63", 5) + "x", "no frame"});
  produce("avro", url);
  registry->end(SIGTERM);
  Daemon daemon(deployment.with({"source.format=avro", fmt::format("source.registry=\"{}\"", url)}));
  EXPECT_TRUE(eventually(
      [&] { return daemon.get("/readyz").status == 503 && daemon.get("/readyz").body.find("schema registry") != std::string::npos; }));
  EXPECT_THAT(daemon.get("/readyz").body, AllOf(HasSubstr(url), HasSubstr("connect")));
  EXPECT_EQ(daemon.position(), 0);
  registry = stub(port, kept);
  wait_for(port, "/subjects");
  EXPECT_TRUE(daemon.reaches(samples + 2)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").status == 200; })) << daemon.get("/readyz").body;
  daemon.stop();
  const auto dead = consume_all(broker().address(), topic_name("samples") + ".dead");
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_EQ(dead[0].header("rekindle.error.detail"), "schema 99: the registry does not know it");
  EXPECT_THAT(dead[1].header("rekindle.error.detail"), HasSubstr("it does not begin with a byte 0 and a schema's id"));
  EXPECT_EQ(dead[1].value, "no frame");
}

// The samples in two partitions, learned by a group.
class GroupWithRegistry : public Formats {
 protected:
  static constexpr int partitions = 2;

  void SetUp() override {
    Formats::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    broker().create_topic(topic_name("samples"), partitions);
    start_registry();
  }

  void start_registry() {
    registry_ = stub(port_, {"--keep", (folder() / "registry.json").string()});
    wait_for(port_, "/subjects");
  }
  void end_registry() { registry_->end(SIGTERM); }

  [[nodiscard]] Deployment deploy(const Arguments& more = {}) {
    return configured(folder(), topic_name("samples"))
        .with({"source.format=avro", fmt::format("source.registry=\"{}\"", url_), "preprocess.encode=hash", "cluster.mode=group",
               "cluster.sync_samples=100", "checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"), "checkpoint.every=500ms"})
        .with(more);
  }

  [[nodiscard]] static bool learns_all(const std::string& topic = "samples") {
    return eventually([&] { return broker().committed_in_all(topic_name("samples"), topic_name(topic), partitions) == samples; },
                      std::chrono::seconds(60));
  }
  [[nodiscard]] bool waits(Daemon& daemon) const {
    return eventually([&] { return daemon.get("/readyz").body.find("schema registry " + url_) != std::string::npos; });
  }
  void expect_replayable(const Deployment& group) const { EXPECT_THAT(expect_replayable_group(group), HasSubstr("1000 samples")); }

  const int port_ = free_port();
  const std::string url_ = fmt::format("http://127.0.0.1:{}", port_);
  std::unique_ptr<Process> registry_;
};

TEST_F(GroupWithRegistry, WaitsForItLearnsByItAndIsReplayedWithIt) {
  produce("avro", url_, partitions);
  end_registry();
  const auto group = deploy();
  Daemon daemon(group);
  EXPECT_TRUE(waits(daemon)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0) << "also while it waits: " << daemon.log();
  EXPECT_EQ(broker().committed(topic_name("samples"), topic_name("samples"), 0).value_or(0), 0);

  Daemon again(group);
  EXPECT_TRUE(waits(again)) << again.log();
  start_registry();
  EXPECT_TRUE(learns_all()) << again.log();
  EXPECT_EQ(again.get("/readyz").status, 200) << again.get("/readyz").body;
  EXPECT_EQ(whole_at(again.status(), "/learner/learned"), samples);
  EXPECT_EQ(again.stop().code, 0) << again.log();
  expect_replayable(group);
}

// Nobody polls while a daemon waits: the group takes its partitions away and gives them to the other, who waits as well, and so on.
TEST_F(GroupWithRegistry, LearnsEverySampleOnceWhereItWasAwayForLongerThanKafkaWaits) {
  produce("avro", url_, partitions);
  end_registry();
  const auto group = deploy({"output.predictions=" + topic_name("predictions"),
                             R"(kafka.properties={"session.timeout.ms"="6000","max.poll.interval.ms"="6000"})"});
  Daemon one(group.in(folder() / "one"));
  Daemon other(group.in(folder() / "other"));
  for (Daemon* daemon : {&one, &other}) EXPECT_TRUE(daemon->says("leaving group", std::chrono::seconds(60))) << daemon->log();
  start_registry();
  EXPECT_TRUE(learns_all()) << one.log() << "\n" << other.log();
  EXPECT_EQ(one.stop().code, 0) << one.log();
  EXPECT_EQ(other.stop().code, 0) << other.log();
  EXPECT_EQ(consume_all(broker().address(), topic_name("predictions")).size(), static_cast<std::size_t>(samples));
  expect_replayable(group);
}

TEST_F(GroupWithRegistry, LabelsOfTheirOwnAreOfItToo) {
  broker().create_topic(topic_name("labels"), partitions);
  produce("avro", url_, partitions, "labels");
  auto unlabelled = rows();
  for (auto& row : unlabelled) row = row.substr(0, row.rfind(R"("y":)")) + R"("y":null})";
  write_lines(json_, unlabelled);
  produce("avro-changed", url_, partitions);
  end_registry();
  const auto group = deploy({"schema.labels_topic=" + topic_name("labels")});
  Daemon daemon(group);
  EXPECT_TRUE(waits(daemon)) << daemon.log();
  start_registry();
  EXPECT_TRUE(learns_all() && learns_all("labels")) << daemon.log();
  EXPECT_TRUE(eventually([&] { return whole_at(daemon.status(), "/learner/late_labels/matched") == samples; }))
      << daemon.get("/status").body;
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  expect_replayable(group);
}

TEST_F(Formats, ARegistryBehindTlsAndAPassword) {
  const auto deployment = configured();
  const auto key = (folder() / "key.pem").string();
  const auto certificate = (folder() / "certificate.pem").string();
  const auto made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                         "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate});
  ASSERT_EQ(made.status.code, 0) << made.err;
  const int open = free_port();
  auto registry = stub(open);
  wait_for(open, "/subjects");
  produce("avro", fmt::format("http://127.0.0.1:{}", open));
  const int port = free_port();
  const auto guarded = stub(port, {"--user", "me:canary-secret", "--tls", certificate, key});
  const auto password = folder() / "password.txt";
  write_file(password, "canary-wrong\n");
  const auto with_ca = [&](const std::string& file) {
    return deployment.with(
        {"source.format=avro", fmt::format(R"(source.registry={{url="https://localhost:{}",user="me",password_file="{}",ca_file="{}"}})",
                                           port, password.string(), file)});
  };
  {
    Daemon daemon(with_ca("/etc/ssl/certs/ca-certificates.crt"));
    EXPECT_TRUE(daemon.says("certificate")) << daemon.log();
    EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").body.find("certificate") != std::string::npos; }))
        << daemon.get("/readyz").body;
    daemon.stop();
  }
  Daemon daemon(with_ca(certificate));
  EXPECT_TRUE(daemon.says("it refuses us as user me (HTTP 401)")) << daemon.log();
  // The guarded stub has no schemas of its own: it learns them from whoever knows the password.
  const auto filled = run({python_, "-c",
                           "import sys,json,ssl,base64,urllib.request as u\n"
                           "schema=u.urlopen(sys.argv[1]+'/schemas/ids/1').read()\n"
                           "u.urlopen(u.Request(sys.argv[2]+'/subjects/s/versions',schema,{'Authorization':'Basic "
                           "'+base64.b64encode(b'me:canary-secret').decode()}),"
                           "context=ssl.create_default_context(cafile=sys.argv[3]))",
                           fmt::format("http://127.0.0.1:{}", open), fmt::format("https://localhost:{}", port), certificate});
  ASSERT_EQ(filled.status.code, 0) << filled.err;
  write_file(password, "canary-secret\n");
  EXPECT_TRUE(daemon.reaches(samples)) << daemon.log();
  const auto seen = daemon.get("/status").body + daemon.get("/readyz").body + daemon.get("/metrics").body;
  daemon.stop();
  EXPECT_THAT(daemon.log() + seen, Not(HasSubstr("canary"))) << "no secret is shown";
}

}  // namespace
}  // namespace rekindle::system_test
