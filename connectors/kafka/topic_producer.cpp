#include "connectors/kafka/topic_producer.hpp"

namespace rekindle::kafka {

Result<std::unique_ptr<TopicProducer>> TopicProducer::make(const KafkaSettings& settings) {
  std::unique_ptr<TopicProducer> producer(new TopicProducer);
  ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  // One request at a time to a broker: where the leader of a topic made a moment ago refuses the first of several ("not leader") and takes
  // the next, librdkafka before 2.3 loses track and never sends again (its issue 3584).
  options.defaults = {{"linger.ms", "5"}, {"message.max.bytes", "1000000000"}, {"max.in.flight.requests.per.connection", "1"}};
  options.fixed = {{"acks", "all"}, {"enable.idempotence", "true"}};
  options.on_delivery = [self = producer.get()](const rd_kafka_message_t& message) { self->on_delivery(message); };
  auto client = Client::make(settings, std::move(options));
  if (!client) return tl::unexpected(client.error());
  producer->client_ = std::move(*client);
  return producer;
}

Result<bool> TopicProducer::try_produce(const TopicRecord& record) {
  OutgoingRecord out;
  out.topic = record.topic.c_str();
  out.partition = record.partition;
  out.key = record.key;
  out.value = record.value;
  out.headers = record.headers;
  out.timestamp_ms = record.timestamp_ms;
  const auto error = kafka::produce(client_->handle(), out);
  // Delivery reports are only counted, but they must be fetched to make room.
  if (++produced_ % 256 == 0 || error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_poll(client_->handle(), /*timeout_ms=*/0);
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(ErrorCode::io, "topic \"{}\": {}", record.topic, rd_kafka_err2str(error));
  return true;
}

Status TopicProducer::produce(const TopicRecord& record) {
  while (true) {
    const auto done = try_produce(record);
    if (!done) return tl::unexpected(done.error());
    if (*done) return {};
    rd_kafka_poll(client_->handle(), /*timeout_ms=*/10);
  }
}

bool TopicProducer::flush(std::chrono::milliseconds patience) {
  return rd_kafka_flush(client_->handle(), static_cast<int>(patience.count())) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::size_t TopicProducer::outstanding() const { return static_cast<std::size_t>(rd_kafka_outq_len(client_->handle())); }

void TopicProducer::on_delivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++acknowledged_;
    return;
  }
  ++failed_;
  last_failure_ = rd_kafka_err2str(message.err);
}

}  // namespace rekindle::kafka
