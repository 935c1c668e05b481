// SecuredBroker: a real broker that asks who one is (TLS with SCRAM, or a certificate) and lets nobody do what was not allowed.
#pragma once

#include <librdkafka/rdkafka.h>

#include <filesystem>
#include <string>

#include "tests/system/support/kafka_broker.hpp"

namespace rekindle::system_test {

// A certificate authority with a broker's and a client's certificate, and another that signed nothing, made by openssl.
class Certificates {
 public:
  Certificates();
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }  // ca.pem, client.crt, client.key, ...

 private:
  void authority(const std::string& name) const;
  void certificate(const std::string& name) const;
  TemporaryFolder folder_;
};

// Its plain listener is the administrator's, who may do everything; so is `broker().address()`.
class SecuredBroker {
 public:
  static constexpr const char* user = "User:rekindle";    // Who logs in as "rekindle", by SASL_SSL and SCRAM-SHA-512, password "secret".
  static constexpr const char* owner = "User:CN=client";  // Who shows the client's certificate, by SSL.

  SecuredBroker();
  [[nodiscard]] KafkaBroker& broker() { return broker_; }
  [[nodiscard]] const Certificates& certificates() const { return certificates_; }

  void allow(const std::string& who, rd_kafka_ResourceType_t kind, const std::string& name, rd_kafka_AclOperation_t operation);
  void allow_transactions(const std::string& who, const std::string& id);
  void forbid_all();  // Takes back all that was allowed.
  void set_password(const std::string& password);

 private:
  Certificates certificates_;
  KafkaBroker broker_;
};

}  // namespace rekindle::system_test
