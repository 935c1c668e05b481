#include "tests/system/support/secured_broker.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/system/support/kafka_admin.hpp"

namespace rekindle::system_test {

namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void openssl(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"openssl"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto done = run(command);
  if (done.status.code != 0) throw std::runtime_error("openssl: " + done.err);
}

// Stores of PEM need no keytool.
BrokerOptions options_of(const Certificates& certificates) {
  BrokerOptions options;
  options.protocols = {"SASL_SSL", "SSL"};
  options.format = {"--add-scram", "SCRAM-SHA-512=[name=rekindle,password=secret]"};
  options.settings = {
      {"listener.name.sasl_ssl.sasl.enabled.mechanisms", "SCRAM-SHA-512"},
      {"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required;"},
      {"ssl.keystore.type", "PEM"},
      {"ssl.keystore.location", certificates.file("broker.pem").string()},
      {"ssl.truststore.type", "PEM"},
      {"ssl.truststore.location", certificates.file("ca.pem").string()},
      {"listener.name.ssl.ssl.client.auth", "required"},
      {"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
      {"super.users", "User:ANONYMOUS"},
      {"allow.everyone.if.no.acl.found", "false"}};
  return options;
}

}  // namespace

Certificates::Certificates() {
  authority("ca");
  authority("stranger");
  certificate("broker");
  certificate("client");
  std::ofstream(file("broker.pem")) << content(file("broker.key")) << content(file("broker.crt")) << content(file("ca.pem"));
}

void Certificates::authority(const std::string& name) const {
  openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=" + name, "-keyout", file(name + ".key").string(),
           "-out", file(name + ".pem").string()});
}

void Certificates::certificate(const std::string& name) const {
  const auto at = [&](const char* ending) { return file(name + ending).string(); };
  std::ofstream(file(name + ".names")) << "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
  openssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", at(".key"), "-out", at(".csr")});
  openssl({"x509", "-req", "-in", at(".csr"), "-CA", file("ca.pem").string(), "-CAkey", file("ca.key").string(), "-CAcreateserial", "-days",
           "30", "-extfile", at(".names"), "-out", at(".crt")});
}

SecuredBroker::SecuredBroker() : broker_(options_of(certificates_)) {}

void SecuredBroker::allow(const std::string& who, rd_kafka_ResourceType_t kind, const std::string& name,
                          rd_kafka_AclOperation_t operation) {
  admin::allow(broker_.address(), who, kind, name, operation);
}

// librdkafka has no word for this kind yet.
void SecuredBroker::allow_transactions(const std::string& who, const std::string& id) {
  broker_.run_tool("kafka.admin.AclCommand", {"--bootstrap-server", broker_.address(), "--add", "--allow-principal", who, "--operation",
                                              "Write", "--transactional-id", id});
}

void SecuredBroker::forbid_all() { admin::forbid_all(broker_.address()); }

void SecuredBroker::set_password(const std::string& password) {
  broker_.run_tool("kafka.admin.ConfigCommand",
                   {"--bootstrap-server", broker_.address(), "--alter", "--add-config", "SCRAM-SHA-512=[password=" + password + "]",
                    "--entity-type", "users", "--entity-name", "rekindle"});
}

}  // namespace rekindle::system_test
