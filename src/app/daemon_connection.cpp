// What a reload changes of how the daemon proves itself to Kafka: secrets and certificates, whose files keep their names.
#include <algorithm>

#include "app/daemon.hpp"
#include "app/log.hpp"
#include "app/sources.hpp"
#include "connectors/kafka/client_group.hpp"

namespace rekindle {

namespace {

using kafka::KafkaSettings;

std::string property(const KafkaSettings& settings, std::string_view name) {
  const auto found = std::ranges::find(settings.properties, name, [](const auto& one) { return std::string_view(one.first); });
  return found == settings.properties.end() ? "" : found->second;
}

bool same_but_for_the_password(const KafkaSettings& a, const KafkaSettings& b) {
  return std::ranges::equal(a.properties, b.properties, [](const auto& one, const auto& other) {
    return one == other || (one.first == other.first && (one.first == "sasl.password" || one.first == "sasl.username"));
  });
}

}  // namespace

// A password reaches the living clients. Certificates and keys are read only when a client is made.
void Daemon::take_secrets(const Configuration& next, ReloadPlan& plan) {
  const auto& now = configuration_.kafka.kafka;
  const auto& then = next.kafka.kafka;
  if (now.properties != then.properties) {
    plan.changed.emplace_back("kafka.secrets (what they hold)");
    clients_->set_credentials(property(then, "sasl.username"), property(then, "sasl.password"));
  }
  auto certificates = kafka::certificates_of(then);
  if (certificates == certificates_ && same_but_for_the_password(now, then)) return;
  certificates_ = std::move(certificates);
  if (source_ == nullptr || !writer_->store().is_remote()) {
    plan.changed.emplace_back("kafka.properties (the certificates and keys)");
    reconnect_soon_ = true;
  } else {
    plan.needs_restart.emplace_back("kafka.properties (the certificates and keys)");
  }
}

Status Daemon::open_store() {
  writer_.reset();  // Its lock would be in the way of the next.
  auto store = make_store(configuration_);
  if (!store) return tl::unexpected(store.error());
  if (options_.fresh) {
    if (auto status = (*store)->set_aside(); !status) return status;
  }
  writer_ = std::make_unique<CheckpointWriter>(*std::move(store), [this] {
    if (journal_) journal_->sync();
  });
  return {};
}

Status Daemon::connect() {
  source_ = make_source(configuration_, anchors_);
  losses_told_ = 0;  // Each source counts its own.
  dead_letters_ = outputs_.exactly_once() ? make_batched_letters(outputs_.batch(), configuration_) : make_dead_letters(configuration_);
  if (auto status = outputs_.open(configuration_); !status) return status;
  return source_->open(position_);
}

// Between two batches, whose records are the source's. What the old clients cannot send any more is read and sent again after a start.
Status Daemon::reconnect() {
  reconnect_soon_ = false;
  if (!sent_is_safe(last_flush_patience))
    return fail(ErrorCode::unavailable,
                "what was sent with the old certificates is not acknowledged; a new start goes on from the last checkpoint");
  source_->close();
  log_event(LogLevel::info, "reconnecting", {{"reason", "other certificates or keys"}});
  return connect();
}

}  // namespace rekindle
