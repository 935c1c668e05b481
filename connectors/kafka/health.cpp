#include "connectors/kafka/health.hpp"

#include <cctype>

namespace rekindle::kafka {

namespace {

int importance_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__SSL: return 3;
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TRANSPORT: return 2;
    default: return 1;
  }
}

// Debian 12's librdkafka gets the SCRAM nonce wrong in a way that only brokers since Kafka 4 notice.
bool scram_may_be_broken(rd_kafka_resp_err_t code, std::string_view reason) {
  const bool refused = code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
  return refused && rd_kafka_version() < 0x020601ff && reason.find("SCRAM") != std::string_view::npos;
}

void erase_between(std::string& text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return;
  const auto to = text.find(end, from + begin.size());
  if (to != std::string::npos) text.erase(from, to + end.size() - from);
}

}  // namespace

std::string plain_reason(std::string_view reason) {
  std::string text(reason);
  erase_between(text, "[thrd:", "]: ");
  // "(after 0ms in state CONNECT, 1 identical error(s) suppressed)"
  if (const auto after = text.find(" (after "); after != std::string::npos && text.ends_with(')')) text.erase(after);
  erase_between(text, "Connect to ", " failed: ");
  // "host:port/id: what" or "scheme://host:port/id: what": the number of a broker tells people nothing.
  const auto split = text.find(": ");
  if (split == std::string::npos) return text;
  const auto slash = text.rfind('/', split);
  const auto scheme = text.find("://");
  if (slash != std::string::npos && (scheme == std::string::npos || slash > scheme + 2)) text.erase(slash, split - slash);
  if (scheme != std::string::npos && scheme < split) text.erase(0, scheme + 3);
  const auto what = text.find(": ") + 2;
  const bool one_word_of_capitals = what + 1 < text.size() && std::isupper(static_cast<unsigned char>(text[what + 1])) != 0;
  if (what < text.size() && !one_word_of_capitals) {
    text[what] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[what])));
  }
  return text;
}

void Health::reached() {
  const std::scoped_lock lock(mutex_);
  problem_.clear();
  importance_ = 0;
  ever_reached_ = true;
  connected_.store(true, std::memory_order_relaxed);
}

void Health::unanswered() {
  const std::scoped_lock lock(mutex_);
  if (problem_.empty()) problem_ = brokers_ + ": no answer; retrying";
  connected_.store(false, std::memory_order_relaxed);
}

void Health::failed(rd_kafka_resp_err_t code, std::string_view reason) {
  const std::scoped_lock lock(mutex_);
  if (importance_of(code) >= importance_) {
    importance_ = importance_of(code);
    problem_ = plain_reason(reason) + "; retrying";
    if (scram_may_be_broken(code, reason)) problem_ += " (SCRAM of librdkafka before 2.6.1 does not work with Kafka 4 and later)";
  }
  // librdkafka gives a number then. A listener that wants to be spoken to otherwise just hangs up.
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  if (importance_ <= importance_of(code))
    problem_ = brokers_ + (ever_reached_ ? ": connection lost; retrying"
                                         : ": the connection is closed at once: does security.protocol fit the listener?; retrying");
  connected_.store(false, std::memory_order_relaxed);
}

std::string Health::problem() const {
  const std::scoped_lock lock(mutex_);
  return connected() ? std::string() : problem_;
}

}  // namespace rekindle::kafka
