// KafkaBroker: one real Apache Kafka 3.9.1 broker on free ports of this machine, for a test to use and to torment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::system_test {

using TopicConfig = std::vector<std::pair<std::string, std::string>>;

// Its data are in a temporary folder and survive `stop` and `kill`, but not this object. Ports stay the same.
// Every step throws std::runtime_error when it cannot be done.
class KafkaBroker {
 public:
  // Why there can be no broker here (no Java, no Maven, no network for the first download), or "". Asks once.
  [[nodiscard]] static const std::string& unavailable_reason();

  // `settings` go into the broker's server.properties.
  explicit KafkaBroker(const TopicConfig& settings = {});  // Formats its folder, starts, and returns when it answers.
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }  // For bootstrap.servers.
  // Where it wants a user: security.protocol sasl_plaintext, sasl.mechanisms PLAIN, user "rekindle", password "secret".
  [[nodiscard]] const std::string& sasl_address() const { return sasl_address_; }

  void start();   // After `stop` or `kill`; nothing when it runs.
  void stop();    // SIGTERM, and waits for the end.
  void kill();    // kill -9.
  void pause();   // SIGSTOP: connections stay open, nothing is answered.
  void resume();  // SIGCONT.
  [[nodiscard]] bool running() const { return process_ != nullptr && process_->running(); }
  [[nodiscard]] std::string log() const;

  void create_topic(const std::string& topic, int partitions = 1, const TopicConfig& config = {});
  void delete_topic(const std::string& topic);
  void add_partitions(const std::string& topic, int total);
  // Records below this offset are gone afterwards, as if retention had taken them.
  void delete_records(const std::string& topic, int partition, std::int64_t before);
  // What lag tools see; nothing when the group has committed nothing there.
  [[nodiscard]] std::optional<std::int64_t> committed(const std::string& group, const std::string& topic, int partition);
  // Offsets [first, second) of a partition.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> offsets(const std::string& topic, int partition);

 private:
  void write_settings(const TopicConfig& settings) const;
  void format() const;

  TemporaryFolder folder_;
  std::string address_;
  std::string sasl_address_;
  std::string controller_address_;
  std::unique_ptr<Process> process_;
};

}  // namespace rekindle::system_test
