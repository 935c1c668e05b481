#include "connectors/kafka/kafka_settings.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "base/suggest.hpp"
#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

namespace {

struct RefusedKey {
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view by_rekindle = "is set by rekindle, which keeps the position itself";
constexpr std::string_view runs_code = "is refused: it loads code or runs a command";

constexpr std::array refused_keys = {
    RefusedKey{"bootstrap.servers", "is set by kafka.brokers"},
    RefusedKey{"metadata.broker.list", "is set by kafka.brokers"},
    RefusedKey{"group.id", "is set by source.group"},
    RefusedKey{"enable.auto.commit", by_rekindle},
    RefusedKey{"auto.commit.enable", by_rekindle},
    RefusedKey{"auto.commit.interval.ms", by_rekindle},
    RefusedKey{"enable.auto.offset.store", by_rekindle},
    RefusedKey{"offset.store.method", by_rekindle},
    RefusedKey{"offset.store.path", by_rekindle},
    RefusedKey{"auto.offset.reset", "is set by rekindle: see source.start and source.on_data_loss"},
    RefusedKey{"enable.partition.eof", "is set by rekindle, to know when it has caught up"},
    RefusedKey{"isolation.level", "is set by rekindle: it never reads aborted records"},
    RefusedKey{"check.crcs", "is set by rekindle: damaged records are always found"},
    RefusedKey{"allow.auto.create.topics", "is set by rekindle: reading never creates a topic"},
    RefusedKey{"transactional.id", "is set by rekindle"},
    RefusedKey{"enable.idempotence", "is set by rekindle: no dead letter is lost or doubled"},
    RefusedKey{"acks", "is set by rekindle: no dead letter is lost"},
    RefusedKey{"request.required.acks", "is set by rekindle: no dead letter is lost"},
    RefusedKey{"log.queue", "is set by rekindle"},
    RefusedKey{"enabled_events", "is set by rekindle"},
    RefusedKey{"test.mock.num.brokers", "is refused: use brokers = \"embedded\""},
    RefusedKey{"plugin.library.paths", runs_code},
    RefusedKey{"ssl.engine.location", runs_code},
    RefusedKey{"ssl.engine.id", runs_code},
    RefusedKey{"ssl.providers", runs_code},
    RefusedKey{"sasl.kerberos.kinit.cmd", runs_code},
    RefusedKey{"interceptors", runs_code},
};

// librdkafka puts these into the command line of kinit, which a shell reads.
constexpr std::array kinit_arguments = {std::string_view("sasl.kerberos.principal"), std::string_view("sasl.kerberos.keytab"),
                                        std::string_view("sasl.kerberos.service.name")};

bool harmless_in_a_shell(std::string_view value) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@:-";
  return value.find_first_not_of(letters) == std::string_view::npos;
}

// The names come from the table that librdkafka prints for its own documentation; nothing else lists those that have no
// default.
std::vector<std::string> property_names() {
  std::vector<std::string> names;
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  if (out == nullptr) return names;
  rd_kafka_conf_properties_show(out);
  std::fclose(out);
  std::string_view rest(text, size);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto name = line.substr(0, line.find(' '));
    // Names with an underscore are callbacks; the others are the head of the table.
    const bool is_row = line.find(" | ") != std::string_view::npos && name != "Property" && name.find('_') == std::string_view::npos;
    if (is_row) names.emplace_back(name);
  }
  std::free(text);
  return names;
}

bool is_secret(std::string_view name) {
  constexpr std::array parts = {std::string_view("password"), std::string_view("secret"), std::string_view("token"),
                                std::string_view(".pem"), std::string_view("oauthbearer.config")};
  return std::ranges::any_of(parts, [&](auto part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

std::string check_kafka_property(const std::string& name, const std::string& value) {
  if (const auto* refused = std::ranges::find(refused_keys, std::string_view(name), &RefusedKey::name); refused != refused_keys.end()) {
    return std::string(refused->reason);
  }
  if (std::ranges::find(kinit_arguments, std::string_view(name)) != kinit_arguments.end() && !harmless_in_a_shell(value)) {
    return "has characters that a shell could take for commands";
  }
  const ConfHolder conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  switch (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size())) {
    case RD_KAFKA_CONF_UNKNOWN: return "is no property of librdkafka" + did_you_mean(name, property_names());
    case RD_KAFKA_CONF_INVALID: return is_secret(name) ? "has a value that librdkafka refuses" : std::string(reason.data());
    case RD_KAFKA_CONF_OK: break;
  }
  if (name != "enable.ssl.certificate.verification") return "";
  std::array<char, 16> verified{};
  std::size_t size = verified.size();
  rd_kafka_conf_get(conf.get(), name.c_str(), verified.data(), &size);
  return std::string_view(verified.data()) == "true" ? "" : "must stay on: without it anybody can pose as the broker";
}

std::string certificates_of(const KafkaSettings& settings) {
  std::string all;
  for (const auto& [name, path] : settings.properties) {
    if (!name.starts_with("ssl.") || !name.ends_with(".location")) continue;
    std::ifstream file(path);
    all.append(name).append("\n").append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

std::string check_kafka_properties(const KafkaSettings& settings) {
  const KafkaSettings without_brokers{"", settings.properties, {}, nullptr};
  const auto client = Client::make(without_brokers, {.type = RD_KAFKA_CONSUMER, .defaults = {}, .fixed = {}, .on_delivery = {}});
  return client ? "" : client.error().message;
}

}  // namespace rekindle::kafka
