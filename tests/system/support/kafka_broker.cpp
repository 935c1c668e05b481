#include "tests/system/support/kafka_broker.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "tests/system/support/free_port.hpp"
#include "tests/system/support/kafka_admin.hpp"

namespace rekindle::system_test {

namespace {

using namespace std::chrono_literals;

struct Jars {
  std::string folder;
  std::string problem;
};

const Jars& jars() {
  static const Jars found = [] {
    const auto fetched = run({REKINDLE_FETCH_KAFKA}, {}, 10min);
    const auto line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
    if (fetched.status.code == 0) return Jars{line(fetched.out), ""};
    return Jars{"", fetched.err.empty() ? "fetch_kafka.sh failed" : line(fetched.err)};
  }();
  return found;
}

std::string free_address() { return "127.0.0.1:" + std::to_string(free_port()); }

std::vector<std::string> java(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  std::vector<std::string> command = {"java",
                                      "-Xmx320m",
                                      "-Xms64m",
                                      "-XX:+UseSerialGC",
                                      "-XX:TieredStopAtLevel=1",
                                      "-XX:-UsePerfData",
                                      "-Dlog4j.configuration=file:" + (folder / "log4j.properties").string(),
                                      "-cp",
                                      jars().folder + "/*"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

constexpr const char* log_settings = R"(log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c{1} %m%n
)";

}  // namespace

const std::string& KafkaBroker::unavailable_reason() { return jars().problem; }

KafkaBroker::KafkaBroker(const BrokerOptions& options)
    : address_(free_address()),
      sasl_address_(free_address()),
      controller_address_(options.controller.empty() ? free_address() : options.controller) {
  if (!unavailable_reason().empty()) throw std::runtime_error("no Kafka broker: " + unavailable_reason());
  for (const auto& protocol : options.protocols) further_[protocol] = free_address();
  if (!options.proxied_at.empty()) further_["PROXIED"] = free_address();
  write_settings(options.settings, options.proxied_at);
  format(options.format);
  if (options.starts) start();
}

KafkaBroker::~KafkaBroker() { kill(); }

void KafkaBroker::write_settings(const TopicConfig& settings, const std::string& proxied_at) const {
  std::ofstream(folder_ / "log4j.properties") << log_settings;
  std::string more;
  std::string advertised;
  std::string more_protocols;
  for (const auto& [protocol, address] : further_) {
    const bool proxied = protocol == "PROXIED";
    more += "," + protocol + "://" + address;
    advertised += "," + protocol + "://" + (proxied ? proxied_at : address);
    more_protocols += "," + protocol + ":" + (proxied ? "PLAINTEXT" : protocol);
  }
  std::ofstream file(folder_ / "server.properties");
  // Few internal partitions and no waiting for members: a fresh broker should be quick.
  file << "process.roles=broker,controller\nnode.id=1\n"
       << "controller.quorum.voters=1@" << controller_address_ << "\n"
       << "listeners=PLAINTEXT://" << address_ << ",SASL://" << sasl_address_ << more << ",CONTROLLER://" << controller_address_ << "\n"
       << "advertised.listeners=PLAINTEXT://" << address_ << ",SASL://" << sasl_address_ << advertised << "\n"
       << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT" << more_protocols << "\n"
       << "inter.broker.listener.name=PLAINTEXT\nsasl.enabled.mechanisms=PLAIN\n"
       << "listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "
          "user_rekindle=\"secret\";\n"
       << "controller.listener.names=CONTROLLER\n"
       << "log.dirs=" << (folder_ / "data").string() << "\n"
       << "offsets.topic.replication.factor=1\noffsets.topic.num.partitions=2\n"
       << "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\ntransaction.state.log.num.partitions=2\n"
       << "group.initial.rebalance.delay.ms=0\n"
       // Records with event times of years ago would be deleted half a minute after the start.
       << "log.retention.ms=-1\n"
       // A killed broker may come back only when its session is over; by default that takes nine seconds.
       << "broker.session.timeout.ms=1000\nbroker.heartbeat.interval.ms=200\ncontrolled.shutdown.enable=false\n";
  for (const auto& [name, value] : settings) file << name << "=" << value << "\n";
}

void KafkaBroker::format(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", (folder_ / "server.properties").string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  run_tool("kafka.tools.StorageTool", all);
}

void KafkaBroker::run_tool(const std::string& name, const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {name};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto done = run(java(folder_.path(), all));
  if (done.status.code != 0) throw std::runtime_error(name + ": " + done.out + done.err);
}

void KafkaBroker::launch() {
  if (running()) return;
  answered_ = false;
  process_ = std::make_unique<Process>(java(folder_.path(), {"kafka.Kafka", (folder_ / "server.properties").string()}));
}

void KafkaBroker::start() {
  launch();
  if (answered_) return;
  bool answers = false;
  for (auto waited = 0s; !answers && running() && waited < 60s; waited += 2s) answers = admin::answers(address_, 2s);
  if (!answers) throw std::runtime_error("the Kafka broker does not answer:\n" + log());
  answered_ = true;
}

void KafkaBroker::stop() {
  if (running()) process_->end(SIGTERM);
}

void KafkaBroker::kill() {
  if (running()) process_->end(SIGKILL);
}

void KafkaBroker::pause() { process_->send(SIGSTOP); }
void KafkaBroker::resume() { process_->send(SIGCONT); }

std::string KafkaBroker::log() const { return process_ ? process_->out() + process_->err() : std::string(); }

void KafkaBroker::create_topic(const std::string& topic, int partitions, const TopicConfig& config) {
  admin::create_topic(address_, topic, partitions, config);
}

void KafkaBroker::delete_topic(const std::string& topic) { admin::delete_topic(address_, topic); }

void KafkaBroker::add_partitions(const std::string& topic, int total) { admin::add_partitions(address_, topic, total); }

void KafkaBroker::delete_records(const std::string& topic, int partition, std::int64_t before) {
  admin::delete_records(address_, topic, partition, before);
}

std::optional<std::int64_t> KafkaBroker::committed(const std::string& group, const std::string& topic, int partition,
                                                   admin::OpenTransaction open) {
  return admin::committed(address_, group, topic, partition, open);
}

std::int64_t KafkaBroker::committed_in_all(const std::string& group, const std::string& topic, int partitions) {
  std::int64_t sum = 0;
  for (int i = 0; i < partitions; ++i) sum += committed(group, topic, i).value_or(0);
  return sum;
}

std::pair<std::int64_t, std::int64_t> KafkaBroker::offsets(const std::string& topic, int partition) {
  return admin::offsets(address_, topic, partition);
}

}  // namespace rekindle::system_test
