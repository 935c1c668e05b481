// HTTP in TLS, asked by other people's clients: curl, Python, openssl; and by `rekindle ctl`. A daemon that follows a file needs no broker.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/free_port.hpp"
#include "tests/system/support/program.hpp"
#include "tests/system/support/secured_broker.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

class InTls : public testing::Test {
 protected:
  void SetUp() override {
    write_lines(folder_ / "samples.jsonl", drifting_stream(500));
    copy("broker");
    auto written = write_configuration(folder_.path(), "localhost:1", "samples");
    deployment_ = written.with({"source.type=file", "source.path=" + (folder_ / "samples.jsonl").string(), "source.follow=true",
                                "http.tls_certificate=" + at("server.crt"), "http.tls_key=" + at("server.key")});
  }

  static const Certificates& certificates() {
    static const Certificates all;
    return all;
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] static std::string authority(const std::string& name = "ca") { return certificates().file(name + ".pem").string(); }
  // The certificate of that name becomes the server's.
  void copy(const std::string& name) const {
    for (const std::string ending : {".crt", ".key"}) {
      std::filesystem::copy_file(certificates().file(name + ending), at("server" + ending),
                                 std::filesystem::copy_options::overwrite_existing);
    }
    std::filesystem::permissions(at("server.key"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  // Where it listens, from its log: the fixture's own client speaks no TLS.
  static std::string url(Daemon& daemon) {
    EXPECT_TRUE(daemon.says("event=listening url=https://")) << daemon.log();
    const auto log = daemon.log();
    const auto from = log.find("https://");
    return log.substr(from, log.find_first_of(" \n", from) - from);
  }
  static Outcome curl(const Arguments& arguments) {
    Arguments all = {"curl", "-sS", "--max-time", "10"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
  }

  TemporaryFolder folder_;
  Deployment deployment_;
};

TEST_F(InTls, CurlPythonAndCtlAsk) {
  Daemon daemon(deployment_);
  const auto where = url(daemon);
  const auto asked = curl({"--cacert", authority(), where + "/healthz", "-w", "%{http_code} %{ssl_verify_result}"});
  EXPECT_EQ(asked.status.code, 0) << asked.err;
  EXPECT_EQ(asked.out, "{\"status\":\"ok\"}\n200 0");
  const auto python = run({"python3", "-c",
                           "import ssl, sys, urllib.request\n"
                           "context = ssl.create_default_context(cafile=sys.argv[2])\n"
                           "for _ in range(3): print(urllib.request.urlopen(sys.argv[1] + '/healthz', context=context).status)\n",
                           where, authority()});
  EXPECT_EQ(python.out, "200\n200\n200\n") << python.err;
  EXPECT_TRUE(eventually([&] {
    const auto status = rekindle({"ctl", "status", "--url", where, "--ca-file", authority()});
    return status.status.code == 0 && status.out.find("learner.samples: 500") != std::string::npos;
  }));
  const auto restarted = rekindle({"ctl", "restart", "--url", where, "--ca-file", authority(), "--json"});
  EXPECT_EQ(restarted.status.code, 0) << restarted.err;
  EXPECT_THAT(restarted.out, HasSubstr("lr_after"));
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(InTls, PrometheusScrapes) {
  if (std::system("prometheus --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "prometheus is not installed";
  Daemon daemon(deployment_);
  const auto where = url(daemon);
  write_file(
      at("prometheus.yml"),
      fmt::format("scrape_configs:\n  - job_name: rekindle\n    scrape_interval: 300ms\n    scheme: https\n    tls_config: {{ca_file: "
                  "\"{}\"}}\n    static_configs: [{{targets: [\"{}\"]}}]\n",
                  authority(), where.substr(8)));
  const int port = free_port();
  const Process prometheus({"prometheus", "--config.file=" + at("prometheus.yml"), "--storage.tsdb.path=" + at("data"),
                            "--web.listen-address=127.0.0.1:" + std::to_string(port)});
  EXPECT_TRUE(eventually([&] {
    return http_get(port, "/api/v1/query?query=rekindle_build_info").body.find("\"value\"") != std::string::npos;
  })) << prometheus.err();
}

TEST_F(InTls, WhoDoesNotTrustTheCertificateAsksNothing) {
  Daemon daemon(deployment_);
  const auto where = url(daemon);
  EXPECT_EQ(curl({"--cacert", authority("stranger"), where + "/healthz"}).status.code, 60);
  EXPECT_EQ(curl({"--tls-max", "1.1", "-k", where + "/healthz"}).status.code, 35);
  for (const Arguments& trust : {Arguments{"--ca-file", authority("stranger")}, Arguments{}}) {
    Arguments arguments = {"ctl", "status", "--url", where};
    arguments.insert(arguments.end(), trust.begin(), trust.end());
    const auto refused = rekindle(arguments);
    EXPECT_EQ(refused.status.code, 69);
    EXPECT_THAT(refused.err, HasSubstr("certificate"));
  }
  const auto plain = rekindle({"ctl", "status", "--url", "http" + where.substr(5)});
  EXPECT_NE(plain.status.code, 0);
  EXPECT_THAT(plain.err, HasSubstr("ask by https://"));
}

TEST_F(InTls, ARenewedCertificateIsShownAfterReload) {
  Daemon daemon(deployment_);
  const auto where = url(daemon);
  const auto shown = [&] { return curl({"-v", "--cacert", authority(), where + "/healthz"}).err; };
  EXPECT_THAT(shown(), HasSubstr("subject: CN=broker"));
  copy("client");
  daemon.process().send(SIGHUP);
  EXPECT_TRUE(daemon.says("http.tls_certificate (what it holds)")) << daemon.log();
  EXPECT_TRUE(eventually([&] { return shown().find("subject: CN=client") != std::string::npos; })) << shown();
  // One that is half there changes nothing.
  write_file(at("server.crt"), "");
  daemon.process().send(SIGHUP);
  EXPECT_TRUE(daemon.says("http.tls_certificate: cannot be read from " + at("server.crt"))) << daemon.log();
  EXPECT_THAT(shown(), HasSubstr("subject: CN=client"));
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(InTls, AReplicaRenewsItsCertificateToo) {
  std::filesystem::create_directory(folder_ / "models");
  Process replica({program(), "serve", "-c", deployment_.configuration.string(), "--set", "http.tls_certificate=" + at("server.crt"),
                   "--set", "http.tls_key=" + at("server.key"), "--from", at("models") + "/", "--listen", "127.0.0.1:0"});
  const auto listens = [&] { return replica.err().find("url=https://") != std::string::npos; };
  ASSERT_TRUE(eventually(listens)) << replica.err();
  const auto log = replica.err();
  const auto where = log.substr(log.find("https://"), log.find_first_of(" \n", log.find("https://")) - log.find("https://"));
  const auto shown = [&] { return curl({"-v", "--cacert", authority(), where + "/healthz"}).err; };
  EXPECT_THAT(shown(), HasSubstr("subject: CN=broker"));
  copy("client");
  replica.send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return shown().find("subject: CN=client") != std::string::npos; })) << replica.err();
  EXPECT_EQ(replica.end(SIGTERM).code, 0) << replica.err();
}

TEST_F(InTls, AWrongFileIsNamedBeforeAnythingStarts) {
  const auto refused = [&](const std::string& what) {
    const auto done = run(command_line("run", deployment_));
    EXPECT_EQ(done.status.code, 78) << done.err;
    EXPECT_THAT(done.err, HasSubstr(what));
  };
  std::filesystem::copy_file(certificates().file("client.key"), at("server.key"), std::filesystem::copy_options::overwrite_existing);
  refused("http.tls_key: the key in " + at("server.key") + " is not that of http.tls_certificate");
  copy("broker");
  std::filesystem::permissions(at("server.key"), static_cast<std::filesystem::perms>(0644));
  refused("http.tls_key: others on this machine may read or write " + at("server.key"));
  std::filesystem::remove(at("server.key"));
  refused("http.tls_key: cannot be read from " + at("server.key") + ": No such file or directory");
}

}  // namespace
}  // namespace rekindle::system_test
