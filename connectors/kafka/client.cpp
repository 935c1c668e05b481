#include "connectors/kafka/client.hpp"

#include <array>
#include <future>
#include <thread>

#include "connectors/kafka/client_group.hpp"

namespace rekindle::kafka {

namespace {

constexpr std::chrono::seconds mute_for{30};

Client& client_of(void* opaque) { return *static_cast<Client*>(opaque); }

// librdkafka warns of producer keys on consumers and the other way round, but one configuration serves both.
constexpr std::string_view conf_warning = "CONFWARN";

void on_log(const rd_kafka_t* handle, int level, const char* kind, const char* text) {
  // Lines may come while the handle is being made.
  void* opaque = rd_kafka_opaque(handle);
  if (opaque != nullptr && kind != conf_warning) client_of(opaque).log(level, kind, text);
}

void on_error(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  auto error = static_cast<rd_kafka_resp_err_t>(code);
  std::array<char, 512> fatal_reason{};
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    error = rd_kafka_fatal_error(handle, fatal_reason.data(), fatal_reason.size());
    reason = fatal_reason.data();
  }
  client_of(opaque).health().failed(error, reason);
}

void on_commit(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  client_of(opaque).log(/*level=*/7, "COMMIT", fmt::format("offsets for lag tools not committed: {}", rd_kafka_err2str(error)));
}

Status set_all(rd_kafka_conf_t* conf, const Properties& properties) {
  for (const auto& [name, value] : properties) {
    std::array<char, 512> reason{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      const auto problem = check_kafka_property(name, value);  // Shows no secrets.
      return fail(ErrorCode::configuration, "kafka.properties.{}: {}", name, problem.empty() ? reason.data() : problem);
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Client>> Client::make(const KafkaSettings& settings, ClientOptions options) {
  std::unique_ptr<Client> client(new Client(settings, options));
  if (auto status = client->start(settings, options); !status) return tl::unexpected(status.error());
  return client;
}

Client::Client(const KafkaSettings& settings, ClientOptions& options)
    : health_(settings.brokers),
      group_(settings.clients),
      log_(settings.log),
      on_delivery_(std::move(options.on_delivery)),
      on_rebalance_(std::move(options.on_rebalance)) {}

Status Client::start(const KafkaSettings& settings, const ClientOptions& options) {
  ConfHolder conf(rd_kafka_conf_new());
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  if (options.type == RD_KAFKA_CONSUMER) rd_kafka_conf_set_offset_commit_cb(conf.get(), on_commit);
  if (on_delivery_) {
    rd_kafka_conf_set_dr_msg_cb(
        conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) { client_of(opaque).on_delivery_(*message); });
  }
  if (on_rebalance_) {
    rd_kafka_conf_set_rebalance_cb(
        conf.get(), [](rd_kafka_t* handle, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
          client_of(opaque).on_rebalance_(*handle, error, *partitions);
        });
  }
  // After a broker's restart, ten seconds of waiting by default would be the longest part of the outage.
  const Properties general = {{"client.id", "rekindle"}, {"reconnect.backoff.max.ms", "2000"}, {"log.connection.close", "false"}};
  for (const auto* layer : {&general, &options.defaults, &settings.properties, &options.fixed}) {
    if (auto status = set_all(conf.get(), *layer); !status) return status;
  }
  if (!settings.brokers.empty()) {
    if (auto status = set_all(conf.get(), {{"bootstrap.servers", settings.brokers}}); !status) return status;
  }
  std::array<char, 512> reason{};
  handle_.reset(rd_kafka_new(options.type, conf.get(), reason.data(), reason.size()));
  if (!handle_) return fail(ErrorCode::configuration, "kafka: {}", reason.data());
  static_cast<void>(conf.release());  // rd_kafka_new took it.
  if (group_) group_->add(handle_.get());
  return {};
}

void Client::leave_group() {
  if (group_ && handle_) group_->remove(handle_.get());
}

void Client::end(std::unique_ptr<Client> client, bool destroy, std::chrono::milliseconds patience) {
  client->leave_group();
  if (destroy) {
    std::promise<void> done;
    const auto destroyed = done.get_future();
    std::thread([handle = std::move(client->handle_), done = std::move(done)]() mutable {
      handle.reset();
      done.set_value();
    }).detach();
    if (destroyed.wait_for(patience) == std::future_status::ready) return;
  }
  const std::scoped_lock lock(client->log_mutex_);
  client->log_ = nullptr;
  static_cast<void>(client.release());
}

void Client::log(int level, std::string_view kind, std::string_view text) {
  const std::scoped_lock lock(log_mutex_);
  if (!log_) return;
  constexpr int debug = 7;  // Only comes when asked for; then all of it.
  if (level >= debug) {
    log_(level, std::string(text));
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const auto [entry, is_new] = muted_.try_emplace({level, std::string(kind)}, Muted{now, 0});
  auto& muted = entry->second;
  if (!is_new && now - muted.since < mute_for) {
    ++muted.lines;
    return;
  }
  const auto held_back = std::exchange(muted.lines, 0);
  muted.since = now;
  log_(level, held_back == 0 ? std::string(text) : fmt::format("{} ({} lines of this kind were held back)", text, held_back));
}

// With a queue of our own for what is left to do, so that closing does not wait for a broker that may be gone.
bool close_consumer(rd_kafka_t* consumer, std::chrono::milliseconds patience) {
  const QueueHolder events(rd_kafka_queue_new(consumer));
  const ErrorHolder error(rd_kafka_consumer_close_queue(consumer, events.get()));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!error && rd_kafka_consumer_closed(consumer) == 0 && std::chrono::steady_clock::now() < deadline) {
    const EventHolder event(rd_kafka_queue_poll(events.get(), 50));
  }
  return rd_kafka_consumer_closed(consumer) != 0;
}

rd_kafka_resp_err_t produce(rd_kafka_t* client, const OutgoingRecord& record) {
  // librdkafka takes const values as void pointers and does not write to them.
  const auto raw = [](const std::optional<std::string_view>& view) {
    return view ? const_cast<char*>(view->data() == nullptr ? "" : view->data()) : nullptr;
  };
  const auto size = [](const std::optional<std::string_view>& view) { return view ? view->size() : 0; };
  HeadersHolder headers(record.headers.empty() ? nullptr : rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
  }
  const auto error = rd_kafka_producev(
      client, RD_KAFKA_V_TOPIC(record.topic), RD_KAFKA_V_PARTITION(record.partition), RD_KAFKA_V_KEY(raw(record.key), size(record.key)),
      RD_KAFKA_V_VALUE(raw(record.value), size(record.value)), RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_TIMESTAMP(record.timestamp_ms),
      RD_KAFKA_V_OPAQUE(record.opaque), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<void>(headers.release());  // Only then does librdkafka own them.
  return error;
}

}  // namespace rekindle::kafka
