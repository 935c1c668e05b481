// ClientGroup: the living clients of one configuration, which a changed password reaches without being made anew.
#pragma once

#include <librdkafka/rdkafka.h>

#include <mutex>
#include <set>
#include <string>

namespace rekindle::kafka {

// Any thread may call everything.
class ClientGroup {
 public:
  void add(rd_kafka_t* client);
  // Before it is destroyed.
  void remove(rd_kafka_t* client);
  // For SASL PLAIN and SCRAM, from the next connection on; those that are open stay.
  void set_credentials(const std::string& user, const std::string& password);

 private:
  std::mutex mutex_;
  std::set<rd_kafka_t*> clients_;
};

}  // namespace rekindle::kafka
