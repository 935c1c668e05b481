// KafkaBroker: one real Apache Kafka 3.9.1 broker on free ports of this machine, for a test to use and to torment.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/system/support/kafka_admin.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::system_test {

using TopicConfig = std::vector<std::pair<std::string, std::string>>;

// What a broker has beside its listeners for anybody and for PLAIN.
struct BrokerOptions {
  TopicConfig settings;                // Lines of its server.properties.
  std::vector<std::string> protocols;  // Of further listeners: "SASL_SSL", "SSL"; each of its own, with the name of the protocol.
  std::vector<std::string> format;     // Arguments of the tool that formats its folder.
  // Of one among several: a line of `settings` counts where it names what is set already.
  std::string controller = {};  // Its address as a controller; "": a free one.
  bool starts = true;           // At once.
  std::string proxied_at = {};  // One more listener for anybody, which tells clients that it is there: address_of("PROXIED").
};

// Its data are in a temporary folder and survive `stop` and `kill`, but not this object. Ports stay the same.
// Every step throws std::runtime_error when it cannot be done.
class KafkaBroker {
 public:
  // Why there can be no broker here (no Java, no Maven, no network for the first download), or "". Asks once.
  [[nodiscard]] static const std::string& unavailable_reason();

  // Formats its folder, starts, and returns when it answers. `settings` go into the broker's server.properties.
  explicit KafkaBroker(const TopicConfig& settings = {}) : KafkaBroker(BrokerOptions{settings, {}, {}, {}}) {}
  explicit KafkaBroker(const BrokerOptions& options);
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }  // For bootstrap.servers.
  // Where it wants a user: security.protocol sasl_plaintext, sasl.mechanisms PLAIN, user "rekindle", password "secret".
  [[nodiscard]] const std::string& sasl_address() const { return sasl_address_; }
  // Of the listener for one of the protocols that it was asked for.
  [[nodiscard]] const std::string& address_of(const std::string& protocol) const { return further_.at(protocol); }

  void start();   // After `stop` or `kill`; nothing when it runs.
  void launch();  // The first half of `start`: for several that need each other.
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
  // One of Kafka's own tools, by its class; throws where it fails.
  void run_tool(const std::string& name, const std::vector<std::string>& arguments) const;
  // What lag tools see; nothing when the group has committed nothing there.
  [[nodiscard]] std::optional<std::int64_t> committed(const std::string& group, const std::string& topic, int partition,
                                                      admin::OpenTransaction open = admin::OpenTransaction::waited_for);
  // The sum over partitions 0 to `partitions` - 1; one where it has committed nothing counts as 0.
  [[nodiscard]] std::int64_t committed_in_all(const std::string& group, const std::string& topic, int partitions);
  // Offsets [first, second) of a partition.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> offsets(const std::string& topic, int partition);

 private:
  void write_settings(const TopicConfig& settings, const std::string& proxied_at) const;
  void format(const std::vector<std::string>& arguments) const;

  TemporaryFolder folder_;
  std::string address_;
  std::string sasl_address_;
  std::string controller_address_;
  std::map<std::string, std::string> further_;
  std::unique_ptr<Process> process_;
  bool answered_ = false;  // Since it was launched.
};

}  // namespace rekindle::system_test
