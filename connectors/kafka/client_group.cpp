#include "connectors/kafka/client_group.hpp"

#include "connectors/kafka/holders.hpp"

namespace rekindle::kafka {

void ClientGroup::add(rd_kafka_t* client) {
  const std::scoped_lock lock(mutex_);
  clients_.insert(client);
}

void ClientGroup::remove(rd_kafka_t* client) {
  const std::scoped_lock lock(mutex_);
  clients_.erase(client);
}

void ClientGroup::set_credentials(const std::string& user, const std::string& password) {
  const std::scoped_lock lock(mutex_);
  for (auto* client : clients_) const ErrorHolder error(rd_kafka_sasl_set_credentials(client, user.c_str(), password.c_str()));
}

}  // namespace rekindle::kafka
