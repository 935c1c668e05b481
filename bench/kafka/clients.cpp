#include "bench/kafka/clients.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace rekindle::bench {

rd_kafka_t* client(rd_kafka_type_t type, const Settings& settings) {
  std::array<char, 512> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) give_up(reason.data());
  }
  rd_kafka_t* made = rd_kafka_new(type, conf, reason.data(), reason.size());
  if (made == nullptr) give_up(reason.data());
  return made;
}

rd_kafka_t* consumer_at(const std::string& brokers, const std::string& topic, std::int64_t offset, const Settings& more) {
  Settings settings = {{"bootstrap.servers", brokers},         {"group.id", "bare"},
                       {"enable.auto.commit", "false"},        {"check.crcs", "true"},
                       {"queued.min.messages", "10000000"},    {"queued.max.messages.kbytes", "65536"},
                       {"fetch.message.max.bytes", "8388608"}, {"auto.offset.reset", "earliest"}};
  settings.insert(settings.end(), more.begin(), more.end());
  rd_kafka_t* consumer = client(RD_KAFKA_CONSUMER, settings);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = offset;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  return consumer;
}

void close_consumer(rd_kafka_t* consumer) {
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

void send(rd_kafka_t* producer, const std::string& topic, std::string_view key, std::string_view value) {
  while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                           RD_KAFKA_V_KEY(const_cast<char*>(key.data()), key.size()),
                           RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_poll(producer, 10);
}

void close_producer(rd_kafka_t* producer) {
  if (rd_kafka_flush(producer, 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) give_up("not everything was written");
  rd_kafka_destroy(producer);
}

}  // namespace rekindle::bench
