#include "connectors/kafka/embedded_cluster.hpp"

#include <algorithm>

namespace rekindle::kafka {

Result<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::start(int brokers) {
  auto host = Client::make({}, {.type = RD_KAFKA_PRODUCER, .defaults = {}, .fixed = {}, .on_delivery = {}});
  if (!host) return tl::unexpected(host.error());
  std::unique_ptr<EmbeddedCluster> cluster(new EmbeddedCluster);
  cluster->host_ = std::move(*host);
  cluster->cluster_.reset(rd_kafka_mock_cluster_new(cluster->host_->handle(), brokers));
  if (!cluster->cluster_) return fail(ErrorCode::io, "the embedded Kafka cluster cannot be started");
  cluster->bootstrap_ = rd_kafka_mock_cluster_bootstraps(cluster->cluster_.get());
  cluster->size_ = brokers;
  return cluster;
}

Status EmbeddedCluster::create_topic(const std::string& name, int partitions) {
  const auto error = rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, std::min(size_, 3));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(ErrorCode::io, "topic \"{}\" cannot be created: {}", name, rd_kafka_err2str(error));
  return {};
}

void EmbeddedCluster::set_reachable(bool reachable) {
  for (int id = 1; id <= size_; ++id) {
    if (reachable) {
      rd_kafka_mock_broker_set_up(cluster_.get(), id);
    } else {
      rd_kafka_mock_broker_set_down(cluster_.get(), id);
    }
  }
}

void EmbeddedCluster::fail_requests(std::int16_t api_key, const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(cluster_.get(), api_key, errors.size(), errors.data());
}

}  // namespace rekindle::kafka
