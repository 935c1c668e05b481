#include "tests/system/support/open_transaction.hpp"

#include <stdexcept>
#include <utility>

#include "connectors/kafka/client.hpp"
#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test {

namespace {

constexpr int patience_ms = 30'000;

void must(rd_kafka_error_t* raw, const char* what) {
  if (const kafka::ErrorHolder error(raw); error) throw std::runtime_error(std::string(what) + ": " + rd_kafka_error_string(error.get()));
}

std::unique_ptr<kafka::Client> client_of(const std::string& brokers, kafka::ClientOptions options) {
  auto client = kafka::Client::make({brokers, {}, {}}, std::move(options));
  if (!client) throw std::runtime_error(client.error().message);
  return *std::move(client);
}

}  // namespace

OpenTransaction::OpenTransaction(const std::string& brokers, const std::string& topic, const std::string& id) {
  kafka::ClientOptions options;
  options.type = RD_KAFKA_PRODUCER;
  options.fixed = {{"transactional.id", id}, {"retry.backoff.ms", "10"}};
  client_ = client_of(brokers, std::move(options));
  must(rd_kafka_init_transactions(client_->handle(), patience_ms), "init");
  must(rd_kafka_begin_transaction(client_->handle()), "begin");
  const auto error = kafka::produce(client_->handle(), {.topic = topic.c_str(), .partition = 0, .key = "x", .value = "y", .headers = {}});
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
  rd_kafka_flush(client_->handle(), patience_ms);
}

OpenTransaction::~OpenTransaction() {
  if (open_) kafka::ErrorHolder(rd_kafka_abort_transaction(client_->handle(), patience_ms));
}

void OpenTransaction::abort() {
  open_ = false;
  must(rd_kafka_abort_transaction(client_->handle(), patience_ms), "abort");
}

TransactionWatch::TransactionWatch(std::string brokers, std::string topic) : brokers_(std::move(brokers)), topic_(std::move(topic)) {}
TransactionWatch::~TransactionWatch() = default;

// A client that only asks this goes on asking whoever was the leader before; another finds the new one.
std::int64_t TransactionWatch::end(std::unique_ptr<kafka::Client>& client, const char* isolation) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  auto error = RD_KAFKA_RESP_ERR_NO_ERROR;
  const bool told = eventually([&] {
    if (client == nullptr) {
      kafka::ClientOptions options;
      options.fixed = {{"group.id", "watch"}, {"isolation.level", isolation}};
      client = client_of(brokers_, std::move(options));
    }
    error = rd_kafka_query_watermark_offsets(client->handle(), topic_.c_str(), 0, &low, &high, 2000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) client.reset();
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  if (!told) throw std::runtime_error(topic_ + ": " + rd_kafka_err2str(error));
  return high;
}

// The end of all first: what comes and is committed between the two questions does not look open.
bool TransactionWatch::is_open() {
  const auto high = end(all_, "read_uncommitted");
  return end(committed_, "read_committed") < high;
}

}  // namespace rekindle::system_test
