// Health: whether a client reaches its brokers, and if not, why, in words for people. Any thread may call it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

namespace rekindle::kafka {

class Health {
 public:
  explicit Health(std::string brokers) : brokers_(std::move(brokers)), problem_(brokers_ + ": not connected yet") {}

  // A broker has answered.
  void reached();
  // Nobody answered a request.
  void unanswered();
  // librdkafka reports a failure. One broker of several may fail without harm: only when all are down is the
  // connection lost, but the reason of the last failure is kept to explain that.
  void failed(rd_kafka_resp_err_t code, std::string_view reason);

  [[nodiscard]] bool connected() const { return connected_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::string problem() const;  // "" while connected.

 private:
  const std::string brokers_;
  std::atomic<bool> connected_ = false;
  mutable std::mutex mutex_;
  std::string problem_;
  bool ever_reached_ = false;
  int importance_ = 0;  // Of `problem_`: a refused password says more than the closed connection that follows it.
};

// librdkafka's "[thrd:h:1/bootstrap]: h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in
// state CONNECT)" as "h:1: connection refused".
[[nodiscard]] std::string plain_reason(std::string_view reason);

}  // namespace rekindle::kafka
