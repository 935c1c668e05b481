// EmbeddedCluster: a Kafka cluster inside this process, for demonstrations and tests. It keeps about 5 MiB a partition.
#pragma once

// clang-format off
#include <librdkafka/rdkafka.h>  // The mock's header must come after it.
#include <librdkafka/rdkafka_mock.h>
// clang-format on

#include <memory>
#include <string>

#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

// It cannot do all that Kafka does: no authentication, no admin requests (so no topics on demand but by producing to them), no
// aborted transactions, nothing on disk. It ends with this object, at once, for all its clients.
class EmbeddedCluster {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EmbeddedCluster>> start(int brokers = 1);

  [[nodiscard]] Status create_topic(const std::string& name, int partitions);
  [[nodiscard]] const std::string& brokers() const { return bootstrap_; }
  // Refuses connections, or takes them again.
  void set_reachable(bool reachable);
  // The next requests of a kind (the number of Kafka's protocol: 0 produce, 1 fetch, 3 metadata) fail like this.
  void fail_requests(std::int16_t api_key, const std::vector<rd_kafka_resp_err_t>& errors);

 private:
  using ClusterHolder = std::unique_ptr<rd_kafka_mock_cluster_t, DestroyBy<rd_kafka_mock_cluster_destroy>>;
  EmbeddedCluster() = default;

  std::unique_ptr<Client> host_;  // The handle whose threads serve the cluster.
  ClusterHolder cluster_;
  std::string bootstrap_;
  int size_ = 0;
};

}  // namespace rekindle::kafka
